"""Tasks of a real worker are cancelled, and sent again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import Site, open_site
from tests.services import service_url
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.needs("rabbitmq")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with open_site(folder, service_url("postgres"), service_url("rabbitmq")) as made:
        made.start_worker("prefork", concurrency=2)
        yield made


def begun(site: Site, folder: Path, name: str, *args: str) -> str:
    """Send a task and wait until it runs."""
    started = folder / "started"
    (task,) = site.run("send_all", [[name, [str(started), *args], {}]])
    wait_until(started.exists, 60, "the task to run")
    return str(task)


def ends(record: dict[str, Any]) -> tuple[str, str, list[str]]:
    states = [attempt["state"] for attempt in record["attempts"]]
    return record["state"], record["exception"], states


@pytest.mark.parametrize("name", ["enters_steps", "tracks_rows", "counts_to_itself"])
def test_a_running_task_stops_where_its_code_looks(site: Site, tmp_path: Path, name: str) -> None:
    task = begun(site, tmp_path, name)

    assert site.run("cancel_task", task) in {"PENDING", "STARTED"}

    record = site.run("finished_record", task)
    assert ends(record) == ("REVOKED", "The task was asked to stop.", ["REVOKED"])
    assert record["cancel_requested"]
    ((state, _),) = site.run("results", [task])
    assert state == "REVOKED"
    if name == "tracks_rows":
        (rows,) = record["steps"]
        assert (rows["state"], rows["progress"]["current"] > 0) == ("REVOKED", True)


def test_a_task_that_does_not_look_is_terminated_after_a_while(site: Site, tmp_path: Path) -> None:
    task = begun(site, tmp_path, "waits", str(tmp_path / "never"))

    site.run("cancel_task", task, 2)

    state, exception, attempts = ends(site.run("finished_record", task))
    assert (state, exception.split(",")[0], attempts) == ("REVOKED", "terminated (15)", ["REVOKED"])


def test_a_task_that_waits_does_not_begin(site: Site, tmp_path: Path) -> None:
    (task,) = site.run("send_all", [["enters_steps", [str(tmp_path / "started")], {"countdown": 10}]])

    assert site.run("cancel_task", task) == "PENDING"
    assert site.run("record_now", task)["cancel_requested"]

    assert ends(site.run("finished_record", task)) == ("REVOKED", "revoked", [])
    assert not (tmp_path / "started").exists()


def test_a_task_that_failed_runs_again(site: Site) -> None:
    (first,) = site.run("send_all", [["fails", ["plain"], {"priority": 2}]])
    before = site.run("finished_record", first)

    record = site.run("finished_record", site.run("retry_task", first))

    assert record["retry_of"] == first
    for name in ("state", "celery_name", "args", "kwargs", "options", "queue", "exception"):
        assert record[name] == before[name]
