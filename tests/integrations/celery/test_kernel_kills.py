"""kernel_kills: the control group tells whether memory ran out, in both versions, else the system does."""

from pathlib import Path

import pytest

from progress_updater.integrations.celery import kernel_kills as module
from progress_updater.integrations.celery.kernel_kills import begin_to_count, has_killed, kernel_kills

V2 = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"


@pytest.fixture(autouse=True)
def no_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in (("GROUPS", "groups"), ("MEMBERSHIP", "membership"), ("SYSTEM", "vmstat")):
        monkeypatch.setattr(module, name, tmp_path / path)
    monkeypatch.setattr(module, "_known", [])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_group_of_version_2_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "0::/system.slice/worker.service\n")
    _write(tmp_path / "groups/system.slice/worker.service/memory.events", V2)
    assert kernel_kills() == 2


def test_a_group_of_version_1_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "4:memory:/docker/ab:c\n3:cpu,cpuacct:/\n0::/\n")
    _write(tmp_path / "groups/memory/docker/ab:c/memory.oom_control", V1)
    assert kernel_kills() == 4


def test_without_a_group_the_system_tells(tmp_path: Path) -> None:
    _write(tmp_path / "membership", "0::/\n")
    _write(tmp_path / "vmstat", "nr_free_pages 1\noom_kill 7\nswap_ra 0\n")
    assert kernel_kills() == 7


def test_a_kernel_that_does_not_tell_has_killed_nobody() -> None:
    begin_to_count()
    assert kernel_kills() is None
    assert not has_killed()


def test_a_kill_is_told_once_and_not_one_from_before(tmp_path: Path) -> None:
    _write(tmp_path / "vmstat", "oom_kill 7\n")
    assert not has_killed()
    begin_to_count()
    assert not has_killed()
    _write(tmp_path / "vmstat", "oom_kill 8\n")
    assert has_killed()
    assert not has_killed()
