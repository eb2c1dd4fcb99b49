"""Whether a running task's process is alive, and whether anything changes in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.settings import current
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.times import in_utc, timestamp
from progress_updater.upkeep.reaper import look_at_tree, reap


def is_alive(state: str, silence: float | None) -> bool | None:
    """Tell whether the process of a task is alive.

    Args:
        state: of the task.
        silence: seconds since its process was heard of, None where nobody knows.

    Returns:
        None where nobody knows, and where the task does not run.
    """
    return None if state != states.STARTED or silence is None else silence <= current().LOST_AFTER


def alive(reading: Reading) -> bool | None:
    """Tell it of a log; have it stored as lost if its process is silent, and settled if it waits in vain.

    Args:
        reading: the look at the log.

    Returns:
        The same as is_alive().
    """
    answer = _is_alive(reading)
    if answer is False:
        reap(reading.log.task_uuid, reading.log.run)
    elif is_long_lost(reading.log, reading.now) or _waits_in_vain(reading):
        look_at_tree(str(reading.log.tree), reading.log.task_uuid)
    return answer


def _waits_in_vain(reading: Reading) -> bool:
    if not waits(reading.log) or not is_quiet(reading.log.updated, reading.now):
        return False
    return reading.whole is None or bool(reading.whole["failed"])


def waits(log: TaskLog) -> bool:
    """Tell whether a task waits for another one: Celery has not sent it yet.

    Args:
        log: the task's log.
    """
    return log.state == states.PENDING and log.queued is None and log.tree is not None


def is_long_lost(log: TaskLog, now: datetime) -> bool:
    """Tell whether a task is lost, and no attempt has followed for so long that none may come.

    Args:
        log: the task's log.
        now: the time.
    """
    return log.state == states.LOST and log.tree is not None and is_quiet(log.end, now)


def is_quiet(moment: datetime | None, now: datetime) -> bool:
    """Tell whether nothing was heard since a moment for so long that a process would be taken for dead.

    Args:
        moment: a time, None where there was none.
        now: the time.
    """
    return moment is not None and now - in_utc(moment) > timedelta(seconds=current().LOST_AFTER)


def _is_alive(reading: Reading) -> bool | None:
    newest = reading.latest
    if newest is None or newest.state != states.STARTED:
        return None
    return is_alive(reading.log.state, newest.silence)


def stalled(reading: Reading) -> dict[str, Any] | None:
    """Show where a living task does not move on.

    Args:
        reading: the look at the log.

    Returns:
        The path of the open step, the time of the last change, and for readers of details where the code
        was when that was noticed. None for a task that moves.
    """
    newest = reading.latest
    if newest is None or newest.stalled is None or not _is_alive(reading):
        return None
    told, paths = newest.stalled, reading.trees([newest.id])[newest.id].paths
    shown = {
        "step": paths.get(told["step"]),
        "since": timestamp(datetime.fromtimestamp(told["since"], UTC)),
    }
    return {**shown, "frames": told["frames"]} if reading.audience.sees_details else shown
