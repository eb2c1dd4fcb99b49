"""Tasks for real workers."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from celery import shared_task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from django.contrib.auth.models import Group
from django.db import transaction

from progress_updater import carry, notify, plan, step, track
from project.tasks import founding


@shared_task
def rich() -> str:
    """Use everything once; the record is the same everywhere."""
    plan("Prepare", "Work", "Report", "Never reached")
    with step("Prepare"):
        notify("prepared", data={"rows": [1, 2.5, None, "ü"]})
    with step("Work") as work:
        for number in track(range(5), "Rows", unit="rows"):
            notify(f"row {number}", replace="row")
        with work.step("Threads"), ThreadPoolExecutor(1) as pool:
            pool.submit(carry(notify), "from a thread", level="warning", public=False).result()
        with step("May fail", optional=True):
            raise LookupError("not there")
    with step("Report") as report:
        report.set_progress(3, 4, "pages")
    return "done"


@shared_task
def one_step(number: int) -> int:
    """Say a number."""
    with step("Only"):
        notify(f"number {number}")
    return number


@shared_task
def tight_loops(seconds: float = 60) -> str:
    """Record without a pause until the soft time limit."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            notify("tight", replace="tight")
            with step("inner", optional=True):
                for number in track(range(3)):
                    if number == 1:
                        break
    except SoftTimeLimitExceeded:
        return "raised"
    return "not raised"


@shared_task
def in_transaction(hold: str, release: str) -> None:
    """Record inside a transaction that is rolled back; wait in it until the test lets go."""
    with transaction.atomic():
        Group.objects.create(name="undone")
        with step("Inside"):
            notify("said inside the transaction")
            _touch(hold)
            _wait_for(release)
        transaction.set_rollback(True)


@shared_task
def many_lines(threads: int, lines: int) -> None:
    """Say lines from several threads at once."""

    def say(thread: int) -> None:
        for line in range(lines):
            notify(f"{thread}:{line}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(carry(say), range(threads)))


@shared_task(bind=True, max_retries=2)
def retried(self: Any, lines: int) -> str:
    """Say lines, fail twice, then succeed."""
    with step(f"try {self.request.retries}"):
        for line in range(lines):
            notify(f"try {self.request.retries}:{line}")
        if self.request.retries < 2:
            raise self.retry(exc=ValueError("again"), countdown=0)
    return "done"


@shared_task(bind=True)
def replaced(self: Any, lines: int) -> str:
    """Hand over to another task under the same id."""
    for line in range(lines):
        notify(f"before:{line}")
    raise self.replace(many_lines.si(2, lines))


@shared_task(bind=True)
def rejected(self: Any, *, requeue: bool) -> None:
    """Reject the message: for good, or once for another try."""
    if requeue and self.request.delivery_info.get("redelivered"):
        return
    raise Reject("not now", requeue=requeue)


@shared_task
def ignored() -> None:
    """Leave the outcome to somebody else."""
    raise Ignore


@shared_task
def dies() -> None:
    """Kill the own process in the middle of a step."""
    with step("Dies in here"):
        notify("last words")
        from progress_updater.writing.channels import flush

        flush(10)
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def waits(started: str, release: str) -> None:
    """Run until the test lets go, or somebody stops it."""
    with step("Waits"):
        _touch(started)
        _wait_for(release)


def _touch(path: str) -> None:
    Path(path).touch()


def _wait_for(path: str) -> None:
    end = time.monotonic() + 60
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(0.01)


__all__ = ["founding"]
