"""Have a task stop: before it begins, where its code looks, or by a signal."""

from threading import Timer
from time import time
from typing import Final

from django.db import connections

from progress_updater import states
from progress_updater.actions.refusals import Refused
from progress_updater.actions.workers import revoke
from progress_updater.models import TaskLog
from progress_updater.recording.changes import Identity, LogChange, Settlement
from progress_updater.recording.clean import is_whole_key
from progress_updater.recording.failure import Failure
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.cancelling import request_cancel
from progress_updater.writing.sinks.inline import InlineSink

SIGNAL: Final = "SIGTERM"
REVOKED: Final = "celery.exceptions.TaskRevokedError"


def cancel(log: TaskLog, *, terminate_after: float | None = None) -> TaskLog:
    """Ask a task to stop.

    One that nobody has sent yet ends at once; one that waits is thrown away by the worker that gets it. One
    that runs stops where its code looks: at the next step, the next item of `track()`,
    at `check_cancelled()`.

    Args:
        log: the record of the task.
        terminate_after: seconds after which the process that still runs it is stopped by a signal; None for
            never. This process waits for that: if it ends before, nothing is terminated.

    Returns:
        The record as it is now.

    Raises:
        Refused: the task has finished, or its id is not kept whole.
        BrokerAway: no worker was told; the wish is stored all the same.
    """
    if log.celery_name is not None and not is_whole_key(log.task_uuid):
        raise Refused("id_not_kept")
    if not request_cancel(log.pk):
        raise Refused("finished")
    if log.celery_name is not None:
        if log.state == states.PENDING and log.queued is None:
            _end_unsent(log)
        revoke(log.task_uuid)
        if terminate_after is not None:
            timer = Timer(terminate_after, _terminate, (log.pk, log.task_uuid))
            timer.daemon = True
            timer.start()
    now: TaskLog = TaskLog.objects.get(pk=log.pk)
    return now


def _end_unsent(log: TaskLog) -> None:
    """End at once what nobody has sent yet, as the rest of a chain: no worker would tell of it."""
    failure = Failure(type=REVOKED, text="revoked", step=None, traceback=None)
    end = Settlement(state=states.REVOKED, end=time(), failure=failure, only_waiting=True)
    identity = Identity(task_name=log.task_name, celery_name=log.celery_name)
    change = LogChange(task_uuid=log.task_uuid, identity=identity, events=1, settlement=end)
    InlineSink(current().DATABASE).store([change])


@guard.wrap("terminate a task that was cancelled", None)
def _terminate(pk: int, task_uuid: str) -> None:
    try:
        if TaskLog.objects.filter(pk=pk, state=states.STARTED).exists():
            revoke(task_uuid, terminate=True, signal=SIGNAL)
    finally:
        connections.close_all()
