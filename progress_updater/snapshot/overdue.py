"""What a look at a tree of tasks finds that should have been stored by now; the writer is asked to do it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.snapshot.liveness import is_alive, is_long_lost, is_quiet, waits
from progress_updater.snapshot.times import in_utc
from progress_updater.upkeep.reaper import look_at_tree, reap

COUNTED_SOON: Final = timedelta(seconds=10)
"""After the last change of a tree it is counted; unless the process died that was to do it."""


def look_after(
    logs: Collection[TaskLog], shown: Mapping[str, Any], counted: Mapping[str, Any] | None, now: datetime
) -> None:
    """Have stored what is overdue: tasks whose process is silent, those that wait for a lost one, the counts.

    Args:
        logs: those of the tasks that belong together.
        shown: how far they are, counted among these.
        counted: how far they are as it is stored; None where nobody has counted.
        now: the time.
    """
    quiet = [log.pk for log in logs if log.state == states.STARTED and is_quiet(log.updated, now)]
    running: Iterable[Any] = TaskLog.objects.filter(pk__in=quiet).with_silence() if quiet else ()
    for log in running:
        if is_alive(log.state, log.silence) is False:
            reap(log.task_uuid, log.run)
    first = next(iter(logs))
    wait_in_vain = any(is_long_lost(log, now) for log in logs) and any(map(waits, logs))
    if first.tree is not None and (wait_in_vain or _is_behind(logs, shown, counted, now)):
        look_at_tree(first.tree, first.task_uuid)


def _is_behind(
    logs: Collection[TaskLog], shown: Mapping[str, Any], counted: Mapping[str, Any] | None, now: datetime
) -> bool:
    if counted is not None and all(counted[name] >= shown[name] for name in ("tasks", "done")):
        return False
    return now - max(in_utc(log.updated) for log in logs) > COUNTED_SOON
