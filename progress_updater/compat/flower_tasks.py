"""Tasks in the shape of Flower 2: the fields of Celery's events.

Source of the format: the class Task of celery/events/state.py, and https://flower.readthedocs.io/en/latest/api.html.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from celery.utils.saferepr import saferepr

from progress_updater import snapshot, states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience

REPR_LENGTH: Final = 1_024  # characters, as in Celery's events
MOST_CHILDREN: Final = 5_000  # ids of all tasks of an answer; Flower keeps 10,000 tasks altogether

_THEIR_STATES: Final[Mapping[str, str]] = {states.LOST: states.FAILURE, states.PAUSED: states.RETRY}


def their_state(state: str) -> str:
    """Give the state that Celery has for one of ours."""
    return _THEIR_STATES.get(state, state)


def our_states(state: str) -> list[str]:
    """Give the states of ours that are shown as one of Celery's, in whatever case it is written."""
    return [ours for ours in states.STATES if their_state(ours) == state.upper()]


def flower_tasks(logs: Sequence[TaskLog]) -> list[dict[str, Any]]:
    """Show tasks to readers of details, in four queries at the most.

    Args:
        logs: the tasks' logs, as they were just read.

    Returns:
        One object a log, in the same order. Times are seconds since the epoch.
    """
    children = _children_of(logs)
    items = snapshot.items(logs, Audience.DETAILS)
    return [_task(log, item, children[item["task_uuid"]]) for log, item in zip(logs, items, strict=True)]


def _children_of(logs: Sequence[TaskLog]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    keys = [log.task_uuid for log in logs]
    # The index is that of the root.
    roots = {log.root or log.task_uuid for log in logs}
    sent = TaskLog.objects.filter(root__in=roots, parent__in=keys).order_by("created", "id")
    for parent, task_uuid in sent.values_list("parent", "task_uuid")[:MOST_CHILDREN]:
        found[str(parent)].append(task_uuid)
    return found


def _task(log: TaskLog, item: dict[str, Any], children: list[str]) -> dict[str, Any]:
    state, attempts = their_state(log.state), item["attempts"]
    last = attempts[-1] if attempts else {"worker": None, "failure": None}
    retried = [attempt["end"] for attempt in attempts if attempt["state"] == states.RETRY]
    failure = last["failure"] or {}
    ended = _seconds(item["end"])
    return {
        "uuid": log.task_uuid,
        "name": log.celery_name or log.task_name,
        "state": state,
        # When a worker took the message nobody tells: when the task was first heard of stands for it.
        "received": _seconds(snapshot.timestamp(log.created)),
        "sent": _seconds(item["queued"]),
        "started": _seconds(item["start"]),
        "rejected": None,
        "succeeded": ended if state == states.SUCCESS else None,
        "failed": ended if state == states.FAILURE else None,
        "retried": _seconds(retried[-1]) if retried else None,
        "revoked": ended if state == states.REVOKED else None,
        "args": None if log.args is None else _repr(tuple(log.args)),
        "kwargs": None if log.kwargs is None else _repr(log.kwargs),
        "eta": snapshot.timestamp(log.eta),
        "expires": snapshot.timestamp(log.expires),
        "retries": len(retried),
        "worker": last["worker"],
        "result": _result(log),
        "exception": _exception(log, item, failure),
        "timestamp": _seconds(item["updated"]),
        "runtime": item["runtime"] if item["finished"] else None,
        "traceback": failure.get("traceback"),
        "exchange": None,
        "routing_key": item["queue"],
        "clock": log.seq,
        "client": None,
        "root": item["root"],
        "root_id": item["root"],
        "parent": item["parent"],
        "parent_id": item["parent"],
        "children": children,
    }


def _seconds(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()


def _repr(value: Any) -> str:
    return str(saferepr(value, REPR_LENGTH))


def _result(log: TaskLog) -> str | None:
    is_known = log.state == states.SUCCESS and (log.result is not None or log.result_kept is not None)
    return _repr(log.result) if is_known else None


def _exception(log: TaskLog, item: dict[str, Any], failure: dict[str, Any]) -> str | None:
    kind, text = failure.get("type") or log.exception_type, failure.get("text") or item["exception"]
    if kind is None or log.state == states.REVOKED:
        return None
    return f"{kind}({text or ''!r})"
