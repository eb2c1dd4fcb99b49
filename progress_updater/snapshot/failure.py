"""What an audience is told of an exception."""

from typing import Any

from progress_updater.models import TaskLog
from progress_updater.policy import Audience


def failure_json(failure: dict[str, Any] | None, audience: Audience) -> dict[str, Any] | None:
    """Show the failure of an attempt or a step.

    Args:
        failure: as it is stored.
        audience: for whom.

    Returns:
        Its type, text and place; the traceback only for readers of details. None where nothing failed.
    """
    if failure is None:
        return None
    shown = {
        "type": failure.get("type"),
        "text": failure.get("text") if audience.sees_exception_text else None,
        "step": failure.get("step"),
        "where": failure.get("where"),
    }
    if audience.sees_details:
        shown["traceback"] = failure.get("traceback")
    return shown


def exception_of(log: TaskLog, audience: Audience) -> str | None:
    """Show the exception of a task in one text.

    Args:
        log: the task's log.
        audience: for whom.

    Returns:
        What the exception said, or its type for those who may not read more.
    """
    return log.exception if audience.sees_exception_text else log.exception_type
