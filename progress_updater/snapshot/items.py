"""Records as lines of a list."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.querysets import LARGE, TaskLogQuerySet
from progress_updater.snapshot.keys import ITEM, answer
from progress_updater.snapshot.paging import Order, Page, Position, read_page
from progress_updater.snapshot.reading import Reading, trees_of
from progress_updater.snapshot.rows import AttemptRow, attempts_of, tags_of
from progress_updater.snapshot.whole import wholes_of

NEWEST_FIRST: Final = Order(columns=("created", "id"), descending=True)

BY_TAG: Final = Order(columns=("tagged_at", "tagged_id"), descending=True)
"""The same order, of logs with_place_by_tag()."""


def items(
    logs: Sequence[TaskLog], audience: Audience, *, keys: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Show some records without their steps and lines, in two queries.

    Another one follows where some are stalled, and one where some belong together.

    Args:
        logs: the tasks' logs.
        audience: for whom.
        keys: the keys to show; None for all.

    Returns:
        One object a log, in the same order.
    """
    attempts, tags = _attempts_by_log(logs), _tags_by_log(logs)
    wholes = wholes_of(log.tree for log in logs) if keys is None or "whole" in keys else {}
    trees = trees_of(row.id for rows in attempts.values() for row in rows if row.stalled is not None)
    shown = []
    for log in logs:
        reading = Reading(log, audience)
        reading.by_id = {row.id: row for row in attempts[log.pk]}
        reading.tags = tags[log.pk]
        reading.whole = wholes.get(log.tree)
        reading.keep_trees(trees)
        shown.append(answer(reading, ITEM, keys))
    return shown


def item(log: TaskLog, audience: Audience) -> dict[str, Any]:
    """Show one record without its steps and lines.

    Args:
        log: the task's log.
        audience: for whom.

    Returns:
        The same object as in a list.
    """
    return items([log], audience)[0]


def items_page(
    logs: TaskLogQuerySet,
    audience: Audience,
    *,
    size: int,
    order: Order = NEWEST_FIRST,
    position: Position | None = None,
    keys: Collection[str] | None = None,
) -> Page[dict[str, Any]]:
    """Show one page of a list of records.

    Args:
        logs: the whole list, in no order yet.
        audience: for whom.
        size: records of a page.
        order: by creation, the newest or the oldest first.
        position: where the page begins or ends, None for the first page.
        keys: the keys to show; None for all.

    Returns:
        The page.
    """
    unseen = LARGE if not audience.sees_details else set(LARGE).difference(LARGE if keys is None else keys)
    page = read_page(logs.without(unseen), order, position, size, read=list)
    return Page(rows=items(page.rows, audience, keys=keys), previous=page.previous, next=page.next)


def _attempts_by_log(logs: Sequence[TaskLog]) -> dict[int, list[AttemptRow]]:
    found: dict[int, list[AttemptRow]] = defaultdict(list)
    for row in attempts_of([log.pk for log in logs]):
        found[row.task_log_id].append(row)
    return found


def _tags_by_log(logs: Sequence[TaskLog]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for log_id, tag in tags_of([log.pk for log in logs]):
        found[log_id].append(tag)
    return found
