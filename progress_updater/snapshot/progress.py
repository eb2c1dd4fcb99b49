"""How far a task, or a step, has come."""

from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from progress_updater.models import TaskLog
from progress_updater.recording.count import WINDOW
from progress_updater.snapshot.rows import StepRow
from progress_updater.snapshot.times import in_utc

_RATE_HOLDS: Final = timedelta(seconds=WINDOW)


def is_fresh(log: TaskLog, now: datetime) -> bool:
    """Tell whether a rate that was stored with a log still holds.

    Args:
        log: the task's log.
        now: the time of the answer.

    Returns:
        False once the log was not updated for as long as a rate is measured.
    """
    return now - in_utc(log.updated) <= _RATE_HOLDS


def task_progress(log: TaskLog, *, moving: bool) -> dict[str, Any]:
    """Show the progress of a task.

    Args:
        log: the task's log.
        moving: whether it goes on, so that it has a rate.

    Returns:
        The count, and its last public message.
    """
    count = _count(log, moving=moving)
    rate, remaining = count.pop("rate"), count.pop("remaining")
    return {**count, "failed": log.steps_failed, "message": log.message, "rate": rate, "remaining": remaining}


def step_progress(step: StepRow, *, moving: bool) -> dict[str, Any] | None:
    """Show the progress of a step.

    Args:
        step: the step's row.
        moving: whether it goes on, so that it has a rate.

    Returns:
        The count, None where the step counts nothing.
    """
    return None if step.current is None and step.total is None else _count(step, moving=moving)


def _count(row: TaskLog | StepRow, *, moving: bool) -> dict[str, Any]:
    rate = row.rate if moving else None
    return {
        "current": _plain(row.current),
        "total": _plain(row.total),
        "unit": row.unit,
        "percent": _plain(row.percent),
        "rate": _plain(rate),
        "remaining": _remaining(row.current, row.total, rate),
    }


def _remaining(current: float | None, total: float | None, rate: float | None) -> float | None:
    if current is None or total is None or not rate or rate < 0:
        return None
    seconds = (total - current) / rate
    return round(max(0.0, seconds), 3) if isfinite(seconds) else None


def _plain(number: float | None) -> float | None:
    return int(number) if number is not None and number.is_integer() else number
