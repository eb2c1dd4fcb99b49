"""A record in the tables, as the API would show it, however long it is."""

from typing import Any, Final

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot import DETAIL, delta

_ALL: Final = 2**31 - 2
"""Entries in one answer; more than any test records, and a LIMIT that every database takes."""


def record_in_database(task_uuid: str, attempt: int | None) -> dict[str, Any] | None:
    """Show a record to readers of details.

    Args:
        task_uuid: the task's id.
        attempt: the number of an attempt; None for the newest.

    Returns:
        The whole record, None where the tables hold nothing of the task.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    log = TaskLog.objects.filter(task_uuid=task_uuid).first()
    if log is None:
        return None
    shown = attempt or log.attempts or None
    record = delta(log, Audience.DETAILS, after=0, attempt=shown, keys=DETAIL.keys(), limit=_ALL)
    record["steps"].sort(key=lambda step: step["id"])
    return record
