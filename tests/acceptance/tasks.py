"""Tasks for real workers."""

import logging
import os
import signal
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from celery import shared_task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from celery.utils.log import get_task_logger
from django.contrib.auth.models import Group
from django.db import transaction

from progress_updater import TaskUpdater, carry, check_cancelled, notify, plan, step, track
from progress_updater.writing.channels import flush
from project.tasks import founding
from tests.waiting import wait_until


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
def logs(number: int) -> None:
    """Log in every way that there is in a worker."""
    get_task_logger(__name__).info("begins %d", number)
    with step("Work"):
        notify(f"said {number}")
        logging.getLogger("shop").error("root %d", number)
        with step("Thread"), ThreadPoolExecutor(1) as pool:
            pool.submit(carry(logging.getLogger("shop").warning), "thread %d", number).result()
            pool.submit(logging.getLogger("shop").warning, "stray %d", number).result()
        warnings.warn(f"old {number}", UserWarning, stacklevel=1)
        print(f"printed {number}")  # noqa: T201 - a worker makes a record of it


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
            wait_until(Path(release).exists)
        transaction.set_rollback(True)


@shared_task
def many_lines(threads: int, lines: int, meeting: str | None = None) -> None:
    """Say lines from several threads at once; first wait for another process, where there is to be one."""
    if meeting is not None:
        _touch(f"{meeting}/{os.getpid()}")
        wait_until(lambda: len(list(Path(meeting).iterdir())) == 2)

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


@shared_task(bind=True, acks_late=True)
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
        flush(10)
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def waits(started: str, release: str) -> None:
    """Run until the test lets go, or somebody stops it."""
    with step("Waits"):
        flush(10)
        _touch(started)
        wait_until(Path(release).exists)


@shared_task(acks_late=True, acks_on_failure_or_timeout=False)
def too_slow_at_first(marker: str) -> str:
    """Run into the hard time limit, and not when it comes again."""
    with step("Slow"):
        if not Path(marker).exists():
            _touch(marker)
            time.sleep(60)
    return "done"


@shared_task(acks_late=True, reject_on_worker_lost=True)
def dies_at_first(marker: str) -> str:
    """Kill the own process, and not when it comes again."""
    with step("Dangerous"):
        if not Path(marker).exists():
            _touch(marker)
            flush(10)
            os.kill(os.getpid(), signal.SIGKILL)
    return "done"


@shared_task
def computes(release: str) -> None:
    """Compute without letting other greenlets run, until the test lets go."""
    with step("Compute"):
        notify("computing")
        end = time.monotonic() + 60
        while not Path(release).exists() and time.monotonic() < end:
            sum(range(10_000))


@shared_task
def sends_and_rolls_back() -> str:
    """Send a task inside a transaction that is rolled back."""
    with transaction.atomic():
        child = one_step.delay(17)
        transaction.set_rollback(True)
    return str(child.id)


class Unpicklable(Exception):
    """Cannot travel between processes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.lock = Lock()


@shared_task
def fails(kind: str) -> None:
    """Fail in one of several ways."""
    with step("Fails"):
        notify("about to fail", level="warning")
        raise {"plain": ValueError("no", 17), "unpicklable": Unpicklable(404, "not there")}[kind]


@shared_task(autoretry_for=(OSError,), default_retry_delay=0, max_retries=1)
def gives_up() -> None:
    """Be tried again by Celery, in vain."""
    raise OSError("still away")


@shared_task(soft_time_limit=5)
def overruns(*, catches: bool) -> str:
    """Run into the soft time limit, outside our code."""
    try:
        with step("Slow"):
            time.sleep(30)
    except SoftTimeLimitExceeded:
        if not catches:
            raise
    return "cleaned up"


@shared_task(acks_late=True, autoretry_for=(Exception,), default_retry_delay=0, max_retries=3)
def enters_steps(started: str) -> None:
    """Enter steps until somebody cancels it."""
    for number in range(6_000):
        with TaskUpdater()(f"Step {number}"):
            _touch(started)
            time.sleep(0.01)


@shared_task
def tracks_rows(started: str) -> None:
    """Count rows until somebody cancels it."""
    for _ in track(range(6_000), "Rows"):
        _touch(started)
        time.sleep(0.01)


@shared_task
def counts_to_itself(started: str) -> None:
    """Change nothing that is stored, and look now and then whether somebody has cancelled it."""
    _touch(started)
    for _ in range(6_000):
        check_cancelled()
        time.sleep(0.01)


@shared_task
def tallies(path: str, release: str = "/nowhere") -> None:
    """Say numbers until somebody stops it, and write into a file how many calls have returned."""
    _talk(path, release)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def tallies_each_time(path: str, release: str) -> None:
    """Say numbers, and again when it was killed; the tally of the second time is in a file `.again`."""
    again = ".again" if Path(path).exists() else ""
    _talk(f"{path}{again}", release)


def _talk(path: str, release: str) -> None:
    tally = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    with step("Save rows"):
        for number in track(range(10_000_000), unit="rows"):
            if number % 50 == 0:
                if Path(release).exists():
                    break
                with step(f"Fifty {number}"):
                    time.sleep(0.002)
            notify(f"{number}")
            os.pwrite(tally, f"{os.getpid():10}{number + 1:10}".encode(), 0)


def _touch(path: str) -> None:
    Path(path).touch()


__all__ = ["founding"]
