"""What a killed process left is stored late: when the next attempt of its task already runs."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from django.db import connections, transaction

from progress_updater import states
from progress_updater.models import Attempt, TaskLog
from progress_updater.settings import current
from progress_updater.writing.journal.folder import journal_folder, make_folder
from progress_updater.writing.journal.locks import alone
from progress_updater.writing.journal.recovery import RECOVERING
from tests.acceptance.app import app
from tests.acceptance.cut_off import DIED
from tests.acceptance.talking import WITHIN, Tally, faults_of
from tests.waiting import wait_until


def kill_with_late_replay(folder: str, is_known: bool) -> list[str]:
    """Kill a task that comes again, keep others from its journal until it does, and look at the record.

    Args:
        folder: for the tallies.
        is_known: whether anything of the first attempt was stored before its process was killed.

    Returns:
        What is wrong, as text.
    """
    path, release = Path(folder, "tally"), Path(folder, "release")
    with _nobody_recovers():
        with nullcontext() if is_known else _nobody_stores():
            task_id = app.send_task(
                "tests.acceptance.tasks.tallies_each_time", args=[str(path), str(release)]
            ).id
            first, second = Tally(path), Tally(path.with_suffix(".again"))
            first.wait_until_it_begins()
            if is_known:
                wait_until(lambda: _attempts(task_id) == [states.STARTED], WITHIN, "the first attempt")
            os.kill(first.pid, signal.SIGKILL)
            second.wait_until_it_begins()
        wait_until(lambda: len(_attempts(task_id)) == 1 + is_known, WITHIN, "the second attempt")
    wait_until(lambda: sorted(_attempts(task_id)) == [states.LOST, states.STARTED], WITHIN, "the replay")
    log = TaskLog.objects.get(task_uuid=task_id)
    faults = [] if log.state == states.STARTED else [f"{log.state}, while the second attempt runs"]
    release.touch()
    wait_until(lambda: sorted(_attempts(task_id)) == [states.LOST, states.SUCCESS], WITHIN, "the end")
    log.refresh_from_db()
    if log.state != states.SUCCESS:
        faults.append(f"{log.state} at the end")
    return [
        *faults,
        *faults_of(task_id, first.said, states.LOST, DIED, attempt=1),
        *faults_of(task_id, second.said, states.SUCCESS, None, attempt=2),
    ]


@contextmanager
def _nobody_recovers() -> Iterator[None]:
    folder = journal_folder(current())
    assert folder is not None
    make_folder(folder)
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with alone(folder / RECOVERING) as is_alone:
            if is_alone:
                yield
                return
        time.sleep(0.01)
    raise TimeoutError("somebody recovers all the time")


@contextmanager
def _nobody_stores() -> Iterator[None]:
    connection = connections[current().DATABASE]
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {TaskLog._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        yield


def _attempts(task_id: str) -> list[str]:
    return list(Attempt.objects.filter(task_log__task_uuid=task_id).values_list("state", flat=True))
