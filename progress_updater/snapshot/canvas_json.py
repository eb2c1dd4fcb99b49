"""The whole tree of a task, as pages draw it."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.querysets import LARGE, TaskLogQuerySet
from progress_updater.snapshot.canvas import Canvas, Key, levels
from progress_updater.snapshot.overdue import look_after
from progress_updater.snapshot.progress import is_fresh, task_progress
from progress_updater.snapshot.times import seconds_between, timestamp
from progress_updater.snapshot.whole import whole_json, wholes_of

MOST: Final = 1_000
"""Tasks of an answer."""

_UNSEEN: Final = (*LARGE, "exception")
"""Columns that no node shows."""


def canvas(log: TaskLog, logs: TaskLogQuerySet, audience: Audience) -> dict[str, Any]:
    """Show all tasks that a task belongs to, each once, nested.

    Args:
        log: the task's log, as it was just read.
        logs: all that the reader may see.
        audience: for whom.

    Returns:
        The tree, whichever of its tasks is asked for; of a large one the first tasks, and the asked one.
    """
    family = logs.filter(pk=log.pk) if log.tree is None else logs.filter(tree=log.tree)
    members = list(family.defer(*_UNSEEN).order_by("created", "id")[: MOST + 1])
    found = {member.pk: member for member in members[:MOST]} | {log.pk: log}
    placed, now, shown = Canvas(found.values()), datetime.now(UTC), 0

    def node(key: Key) -> dict[str, Any]:
        nonlocal shown
        member = placed.logs[key.id] if key.kind == "task" else None
        shown += member is not None
        return _node(key, member, asked=member is log, now=now)

    children = levels(placed, node)
    left_out = (family.count() if len(members) > MOST else len(found)) - shown
    return {
        "tree": log.tree,
        "task_uuid": log.task_uuid,
        "now": timestamp(now),
        "whole": _whole(log.tree, found.values(), audience, now),
        "truncated": {"tasks": left_out} if left_out > 0 else None,
        "children": children,
    }


def _node(key: Key, log: TaskLog | None, *, asked: bool, now: datetime) -> dict[str, Any]:
    state = None if log is None else log.state
    finished = state is not None and states.is_finished(state)
    start = None if log is None else timestamp(log.start)
    return {
        "kind": key.kind,
        "task_uuid": None if log is None else log.task_uuid,
        "task_name": None if log is None else log.task_name,
        "state": state,
        "status": None if state is None else states.status_of(state),
        "start": start,
        "end": None if log is None else timestamp(log.end),
        "runtime": None if log is None else seconds_between(start, timestamp(log.end if finished else now)),
        "progress": None if log is None else task_progress(log, moving=not finished and is_fresh(log, now)),
        "parent": None if log is None else log.parent,
        "previous": None if log is None else log.previous,
        "group": key.id if log is None else log.group,
        "position": None if log is None else log.position,
        "asked": asked,
        "children": [],
    }


def _whole(tree: str | None, logs: Collection[TaskLog], audience: Audience, now: datetime) -> dict[str, Any]:
    """Show how far all of them are, at least as far as the writer has counted.

    Who sees their own tasks only is told how many of those that are shown; the writer counts all.

    The percentage is the writer's alone: one that is worked out here would fall again when a task was added
    before the writer has counted.
    """
    done = [log for log in logs if states.is_finished(log.state)]
    failed = sum(log.state in states.BAD for log in done)
    if tree is None:
        (alone,) = logs
        return whole_json(1, len(done), failed, 100.0 if done else alone.percent or 0.0)
    shown = whole_json(len(logs), len(done), failed, 0.0)
    stored = wholes_of([tree]).get(tree)
    look_after(logs, shown, stored, now)
    counted = stored or shown
    if not audience.sees_all_tasks:
        return {**shown, "percent": counted["percent"]}
    if counted["tasks"] > len(logs):
        return counted
    # Who was lost, and came back, has not failed.
    return {name: max(value, counted[name]) for name, value in shown.items()} | {"failed": failed}
