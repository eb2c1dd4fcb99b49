"""However a task ends in a real worker, its record ends with it, and says why."""

import re
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import Site, open_site
from tests.services import service_url
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.needs("rabbitmq")]

LIMIT = 10  # seconds; on a busy machine a task may begin late

EXPECTED: dict[str, tuple[str, str | None, list[str], list[str]]] = {
    "waits too long": (
        "FAILURE",
        f"TimeLimitExceeded({LIMIT},)",
        ["FAILURE"],
        ["Waits: FAILURE"],
    ),
    "waits to begin": ("REVOKED", "revoked", [], []),
    "expires": ("REVOKED", "expired", [], []),
    "dies": (
        "FAILURE",
        "Worker exited prematurely: signal 9 (SIGKILL)",
        ["FAILURE"],
        ["Dies in here: FAILURE"],
    ),
    "rejected": ("FAILURE", "('not now', False)", ["FAILURE"], []),
    "rejected once": ("SUCCESS", None, ["RETRY", "SUCCESS"], []),
    "ignored": ("IGNORED", None, ["IGNORED"], []),
    "fails": ("FAILURE", "404: not there", ["FAILURE"], ["Fails: FAILURE"]),
    "unknown": (
        "FAILURE",
        "The worker has no task of the name tests.acceptance.tasks.unknown. Is its module imported there?",
        [],
        [],
    ),
}
"""State, exception, states of the attempts, steps of the last one."""

CHANCE = re.compile(" Job|, while in “Waits”")
"""From here on a text depends on who is faster: a child that has the time to leave its step is in none."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with open_site(folder, service_url("postgres"), service_url("rabbitmq")) as made:
        made.start_worker("prefork", concurrency=4)
        yield made


def test_every_end_is_recorded(site: Site, tmp_path: Path) -> None:
    # Not after the sending: a task that is revoked too late runs.
    revoked = str(uuid.uuid4())
    site.run("revoke", revoked, {"reply": True, "limit": 1, "timeout": 60})
    ids = _send(site, tmp_path, revoked)
    records = {name: site.run("finished_record", task_id) for name, task_id in ids.items()}

    assert {name: _summary(records[name]) for name in EXPECTED} == EXPECTED
    assert site.run("redelivered", ids["rejected once"]) == [False, True]
    for again in ("dies_at_first", "too_slow_at_first"):
        # The first attempt may be taken for the end, until it comes again.
        wait_until(partial(_has_succeeded, site, ids[again]), 120, f"the second attempt of {again}")
        attempts = site.run("finished_record", ids[again])["attempts"]
        assert [attempt["state"] for attempt in attempts][1:] == ["SUCCESS"]
    assert "@" in records["ignored"]["attempts"][0]["worker"]
    assert records["dies"]["messages"][0]["text"] == "last words"


def test_a_task_that_is_terminated_is_revoked(site: Site, tmp_path: Path) -> None:
    # By itself: a process on its way out may get the next task from Celery, and take it along.
    (task,) = site.run("send_all", [["waits", [str(tmp_path / "started"), str(tmp_path / "never")], {}]])
    wait_until((tmp_path / "started").exists, 60, "the task to run")
    site.run("revoke", task, {"terminate": True})
    record = site.run("finished_record", task)
    # Who is faster closes the step: the worker, or the child on its way out.
    *ended, (waiting,) = _summary(record)
    assert ended == ["REVOKED", "terminated (15)", ["REVOKED"]]
    assert waiting in {"Waits: REVOKED", "Waits: FAILURE"}
    process = Path(f"/proc/{record['attempts'][0]['process']['pid']}")
    wait_until(lambda: not process.exists(), 60, "the end of the process")


def _has_succeeded(site: Site, task_id: str) -> bool:
    return bool(site.run("finished_record", task_id)["state"] == "SUCCESS")


def _send(site: Site, folder: Path, revoked: str) -> dict[str, str]:
    """Send one task for each end: they take less time than starting a worker for each."""
    never = str(folder / "never")
    calls = {
        "waits too long": ["waits", [str(folder / "too long"), never], {"time_limit": LIMIT}],
        "waits to begin": ["waits", [str(folder / "revoked"), never], {"task_id": revoked}],
        "expires": ["one_step", [1], {"countdown": 2, "expires": 1}],
        "too_slow_at_first": ["too_slow_at_first", [str(folder / "slow")], {"time_limit": LIMIT}],
        "dies": ["dies", [], {}],
        "dies_at_first": ["dies_at_first", [str(folder / "dead")], {}],
        "rejected": ["rejected", [], {"kwargs": {"requeue": False}}],
        "rejected once": ["rejected", [], {"kwargs": {"requeue": True}}],
        "ignored": ["ignored", [], {}],
        "fails": ["fails", ["unpicklable"], {}],
        "unknown": ["unknown", [], {}],
    }
    return dict(zip(calls, site.run("send_all", list(calls.values())), strict=True))


def _summary(record: dict[str, Any]) -> tuple[str, str | None, list[str], list[str]]:
    exception = record["exception"]
    # Of two processes the second one may be the first to store: their numbers are those of storing.
    began = sorted(record["attempts"], key=lambda attempt: attempt["start"] or "")
    return (
        record["state"],
        exception and CHANCE.split(exception)[0],
        [attempt["state"] for attempt in began],
        [f"{step['name']}: {step['state']}" for step in record["steps"]],
    )


def test_a_task_sent_in_a_transaction_that_is_rolled_back_is_recorded(site: Site) -> None:
    (sender,) = site.run("send_all", [["sends_and_rolls_back", [], {}]])
    ((_, child),) = site.run("results", [sender])
    record = site.run("finished_record", child.strip("'"))
    assert (record["state"], record["parent"], record["root"]) == ("SUCCESS", sender, sender)
    assert record["queued"] is not None
