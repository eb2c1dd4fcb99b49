"""The answers of celery-progress 0.5, from our tables: its JavaScript works with them as it is.

Source of the format: https://github.com/czue/celery-progress, celery_progress/backend.py. Two things are
better than there: a group's percentage never falls, and one with a member that is tried again goes on.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import ceil
from typing import Any, Final

from progress_updater import snapshot, states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.querysets import GroupCount, TaskLogQuerySet

PROGRESS: Final = "PROGRESS"
UNKNOWN: Final = "Unknown"
_WEIGHT: Final = 100  # of each member of a group
_MESSAGE_LENGTH: Final = 50  # characters of the reason of a retry
_ROUNDING: Final = 0.01  # per cent
_EARLY: Final = 0.25  # seconds; an attempt ends up to a second after it has said when it comes again
_LARGEST: Final = Decimal(10**15)  # per cent; numbers of more digits than a Decimal keeps cannot be rounded
_REASONS: Final = frozenset({"revoked", "terminated", "expired"})


def unknown_task() -> dict[str, Any]:
    """Tell what celery-progress tells of a task that nobody knows: it waits."""
    return _unfinished(states.PENDING)


def task_answer(log: TaskLog, audience: Audience, *, owners_see_results: bool = False) -> dict[str, Any]:
    """Tell of a task what celery-progress would tell.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        owners_see_results: whether the result is for readers without the permission to see details too.

    Returns:
        "state", "complete", "success", "progress", and "result" once it is complete.
    """
    item = snapshot.item(log, audience)
    if log.state == states.PENDING:
        return _unfinished(log.state)
    if log.state not in _RESULTS or _is_replaced(log, item):
        return _running(log, item["progress"])
    shows_result = audience.sees_details or owners_see_results
    is_hidden = log.state == states.SUCCESS and not shows_result
    return {
        # It knows no state LOST.
        "state": states.FAILURE if log.state == states.LOST else log.state,
        "complete": True,
        "success": _SUCCESS.get(log.state, False),
        "progress": {"pending": False, "current": 100, "total": 100, "percent": 100},
        "result": None if is_hidden else _RESULTS[log.state](log, item),
    }


def _is_replaced(log: TaskLog, item: dict[str, Any]) -> bool:
    """Whether a task waits for the last part of its replacement: for Celery it goes on."""
    newest = item["attempts"][-1:]
    return log.state == states.RETRY and any(attempt["state"] == states.IGNORED for attempt in newest)


def _unfinished(state: str) -> dict[str, Any]:
    progress = {"pending": state == states.PENDING, "current": 0, "total": 100, "percent": 0}
    return {"state": state, "complete": False, "success": None, "progress": progress}


def _result(log: TaskLog, _: dict[str, Any]) -> Any:
    return None if log.result_kept is False else log.result


def _exception(_: TaskLog, item: dict[str, Any]) -> str:
    return item["exception"] or ""


def _revoked(log: TaskLog, _: dict[str, Any]) -> str:
    """Give Celery's word for the reason, without the signal that we add to it."""
    word = (log.exception or "").partition(" ")[0]
    return f"Task {word if word in _REASONS else 'revoked'}"


def _retry(log: TaskLog, item: dict[str, Any]) -> dict[str, Any]:
    last = item["attempts"][-1] if item["attempts"] else {"failure": None, "end": None}
    failure = last["failure"] or {"type": "", "text": ""}
    message = failure["type"] if failure["text"] is None else failure["text"]
    seconds = snapshot.seconds_between(last["end"], snapshot.timestamp(log.eta))
    return {
        "next_retry_seconds": ceil(seconds - _EARLY) if seconds else UNKNOWN,
        "message": f"{message[:_MESSAGE_LENGTH]}...",
    }


_SUCCESS: Final[Mapping[str, bool | None]] = {states.SUCCESS: True, states.IGNORED: None}
_RESULTS: Final[Mapping[str, Callable[[TaskLog, dict[str, Any]], Any]]] = {
    states.SUCCESS: _result,
    states.FAILURE: _exception,
    states.LOST: _exception,
    states.IGNORED: _exception,
    states.REVOKED: _revoked,
    states.RETRY: _retry,
}
"""What is said of a state that celery-progress takes for complete."""


def _running(log: TaskLog, progress: dict[str, Any]) -> dict[str, Any]:
    if progress["current"] is None:
        return _unfinished(states.STARTED)
    doing = snapshot.activity(log)
    current, total = progress["current"], progress["total"] or 0
    percent = _percent(current, total, progress["percent"])
    if doing.in_step and progress["unit"] == "steps":
        # The client shows no description before something is done: it is shown from the first step on.
        current = max(1, current)
        # With steps that nobody announced, one more is always to come.
        total = total or current + 1
    shown = {"pending": False, "current": current, "total": total, "percent": percent}
    progress = {**shown, "description": doing.text}
    return {"state": PROGRESS, "complete": False, "success": None, "progress": progress}


def _percent(current: float, total: float, shown: float | None) -> float:
    if total <= 0:
        return 0
    exact = Decimal(current) / Decimal(total) * 100
    percent = float(round(max(-_LARGEST, min(exact, _LARGEST)), 2))
    # What was shown of this attempt stays when its total grows. Both are rounded, each in its own way.
    return shown if shown is not None and shown - percent > _ROUNDING else percent


def group_answer(logs: TaskLogQuerySet, group: str) -> dict[str, Any]:
    """Tell of a group what celery-progress would tell, but with the same weight for each member.

    Args:
        logs: those that the reader may see.
        group: the group's id, as it is stored.

    Returns:
        "complete", "success" and "progress"; a group of which nothing is known has not begun.
    """
    members = logs.count_group(group)
    total, current = _WEIGHT * (members.tasks or 1), _current(members)
    return {
        "complete": 0 < members.tasks == members.ended,
        "success": 0 < members.tasks == members.succeeded,
        "progress": {
            "total": total,
            "current": int(current) if current.is_integer() else current,
            "percent": float(round(100 * current / total, 2)),
        },
    }


def _current(members: GroupCount) -> float:
    now = _WEIGHT * members.ended + members.running_percent
    return round(max(now, members.tasks * members.shown_percent), 2)
