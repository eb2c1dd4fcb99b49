"""What pytest finds after the installation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

OTHERS = """
import sys

def test_nothing_of_ours_is_imported(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("pytest_progress_updater")
    heavy = {"progress_updater", "django", "celery"}
    assert not heavy & set(sys.modules)
"""

FAILING = """
import pytest
from progress_updater import TaskUpdater, notify, step
from progress_updater.models import TaskLog

def work():
    with TaskUpdater(task_name="Work"), step("First"):
        notify("one")

def test_plain(task_logs):
    work()
    assert task_logs.one().state == "FAILURE"

def test_asserted(task_logs):
    work()
    task_logs.one().assert_message("two")

def test_good(task_logs):
    work()
    task_logs.one().assert_message("one")

def test_unused():
    assert 0

def test_unreadable(task_logs, monkeypatch):
    from progress_updater.testing import TaskLogs
    monkeypatch.setattr(TaskLogs, "__str__", lambda logs: 1 / 0)
    assert 0
"""

TREE = """\
Work: SUCCESS, 1 steps
    1 First: SUCCESS
        "one"
"""


def _pytest(folder: Path, test: str, *options: str) -> str:
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    done = subprocess.run(
        [*command, "--rootdir=.", *options, "test_it.py"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "DJANGO_SETTINGS_MODULE": "project.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.processes
def test_a_run_that_does_not_ask_for_it_imports_nothing(tmp_path: Path) -> None:
    assert "1 passed" in _pytest(tmp_path, OTHERS, "-p", "no:django")


@pytest.mark.processes
def test_a_test_that_fails_shows_what_was_recorded_and_shows_it_once(tmp_path: Path) -> None:
    output = _pytest(tmp_path, FAILING)
    assert "4 failed, 1 passed" in output
    sections = output.split("\n____")
    plain, asserted, unused, unreadable = (
        next(section for section in sections if f" {name} " in section.partition("\n")[0])
        for name in ("test_plain", "test_asserted", "test_unused", "test_unreadable")
    )
    for line in TREE.splitlines()[1:]:
        assert plain.count(line) == asserted.count(line) == 1
    assert "Captured recorded tasks call" in plain
    assert "recorded tasks" not in asserted
    assert "recorded tasks" not in unused
    assert "(they cannot be read: division by zero)" in unreadable
