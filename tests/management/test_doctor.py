"""manage.py tasklog doctor, with real processes: a site that works, and sites where something is missing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import ROOT, Site, open_site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

ALL = [
    "settings", "database", "connection", "migrations", "sink", "broker", "worker", "app", "sent", "start",
    "end", "steps", "delta", "clocks",
]  # fmt: skip


def manage(site: Site, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.management.doctor_process", *arguments],
        cwd=ROOT, env={**site.environment, **environment}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def doctor(site: Site, timeout: float = 20, **environment: str) -> tuple[int, dict[str, Any]]:
    """Run it, and return its exit code and its lines by their names."""
    ran = manage(site, "tasklog", "doctor", "--json", "--timeout", str(timeout), **environment)
    assert ran.stdout, ran.stderr
    report = json.loads(ran.stdout)
    assert report["ok"] is (ran.returncode == 0)
    lines = {line["name"]: line for line in report["lines"]}
    assert list(lines) == ALL
    return ran.returncode, lines


def statuses(lines: dict[str, Any]) -> dict[str, list[str]]:
    return {
        status: [name for name, line in lines.items() if line["status"] == status]
        for status in ("ok", "problem", "skipped")
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Make a site with a worker of its own."""
    with open_site(tmp_path_factory.mktemp("site"), SQLITE_URL, FOLDER_BROKER_URL) as opened:
        opened.start_worker("prefork", concurrency=1)
        yield opened


@pytest.fixture
def empty_site(tmp_path: Path) -> Site:
    """Make a site where nothing was done yet."""
    return Site(tmp_path, {"TEST_QUEUE": "celery"})


@pytest.fixture
def foreign_worker(empty_site: Site) -> Iterator[str]:
    """Start a worker that does not know the app."""
    log = empty_site.folder / "foreign.log"
    command = [
        sys.executable,
        "-m",
        "tests.management.foreign_worker",
        "worker",
        "-P",
        "solo",
        "-n",
        "foreign@x",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "-l", "INFO"], cwd=ROOT, env=empty_site.environment, stdout=output, stderr=output
        )
    wait_until(lambda: " ready." in log.read_text(), 60, "the foreign worker is ready")
    yield "foreign@x"
    process.kill()
    process.wait()


def test_a_site_that_works_is_well(site: Site) -> None:
    code, lines = doctor(site, timeout=60)
    assert statuses(lines) == {"ok": ALL, "problem": [], "skipped": []}
    assert code == 0
    assert lines["app"]["detail"] == f"known to {lines['worker']['detail']}"


def test_a_probe_in_a_queue_that_no_worker_takes_from_is_found(site: Site) -> None:
    code, lines = doctor(site, TEST_QUEUE="elsewhere")
    assert statuses(lines)["problem"] == ["start"]
    assert "-Q elsewhere" in lines["start"]["remedy"]
    assert site.environment["TEST_QUEUE"] in lines["start"]["remedy"]
    assert code == 1


def test_a_worker_that_stores_elsewhere_is_found(site: Site, tmp_path: Path) -> None:
    elsewhere = {"PROGRESS_DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere.sqlite3"}
    migrated = manage(site, "migrate", "--database", "progress", "-v0", **elsewhere)
    assert migrated.returncode == 0, migrated.stderr
    _, lines = doctor(site, **elsewhere)
    assert statuses(lines)["problem"] == ["start"]
    assert "the same DATABASES" in lines["start"]["remedy"]


def test_a_site_where_nothing_was_done_needs_everything(empty_site: Site) -> None:
    code, lines = doctor(empty_site, CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    assert statuses(lines) == {
        "ok": ["settings", "database", "connection", "sink"],
        "problem": ["migrations", "broker"],
        "skipped": ["worker", "app", "sent", "start", "end", "steps", "delta", "clocks"],
    }
    assert code == 1


def test_a_worker_that_does_not_know_the_app_is_found(empty_site: Site, foreign_worker: str) -> None:
    _, lines = doctor(empty_site, timeout=60)
    assert statuses(lines)["problem"] == ["migrations", "app"]
    assert lines["worker"] == {"name": "worker", "status": "ok", "detail": foreign_worker, "remedy": ""}
    assert lines["app"]["detail"] == f"no worker knows the app: {foreign_worker}"
