"""All steps, or all lines, of a long log, page by page."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from django.db.models import QuerySet

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot.messages import messages_json
from progress_updater.snapshot.paging import Order, Page, Position, read_page
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import MessageRow, StepRow, messages_of, rows, steps_of
from progress_updater.snapshot.steps import steps_json

STEP_ORDER: Final = Order(columns=("attempt_id", "number"))
MESSAGE_ORDER: Final = Order(columns=("seq",))


def steps_page(
    log: TaskLog,
    audience: Audience,
    *,
    size: int,
    order: Order = STEP_ORDER,
    position: Position | None = None,
    attempt: int | None = None,
    **wanted: Any,
) -> Page[dict[str, Any]]:
    """Show one page of a log's steps.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        size: steps of a page.
        order: by their numbers, up or down.
        position: where the page begins or ends, None for the first page.
        attempt: the number of an attempt; None for all.
        wanted: "states", "parent" (a step's number) and "search" (a part of the name); None for all.

    Returns:
        The page.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    reading = Reading(log, audience, attempt=attempt)
    query = steps_of(log.pk, _attempt_id(reading)).filter(opened_seq__lte=log.seq)
    page = read_page(_which_steps(query, **wanted), order, position, size, read=partial(rows, StepRow))
    return Page(rows=steps_json(reading, page.rows), previous=page.previous, next=page.next)


def messages_page(
    log: TaskLog,
    audience: Audience,
    *,
    size: int,
    order: Order = MESSAGE_ORDER,
    position: Position | None = None,
    attempt: int | None = None,
    **wanted: Any,
) -> Page[dict[str, Any]]:
    """Show one page of a log's lines.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        size: lines of a page.
        order: by the cursor, up or down.
        position: where the page begins or ends, None for the first page.
        attempt: the number of an attempt; None for all.
        wanted: "levels", "step" (a step's number) and "search" (a part of the text); None for all.

    Returns:
        The page.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    reading = Reading(log, audience, attempt=attempt)
    query = messages_of(log.pk, audience, _attempt_id(reading)).filter(seq__lte=log.seq)
    page = read_page(_which_messages(query, **wanted), order, position, size, read=partial(rows, MessageRow))
    return Page(rows=messages_json(reading, page.rows), previous=page.previous, next=page.next)


def _attempt_id(reading: Reading) -> int | None:
    return reading.asked_for.id if reading.asked_for else None


def _which_steps(
    query: QuerySet[Any],
    *,
    states: Iterable[str] | None = None,
    parent: int | None = None,
    search: str | None = None,
) -> QuerySet[Any]:
    return _filtered(query, state__in=states, parent=parent, name__icontains=search)


def _which_messages(
    query: QuerySet[Any],
    *,
    levels: Iterable[str] | None = None,
    step: int | None = None,
    search: str | None = None,
) -> QuerySet[Any]:
    return _filtered(query, level__in=levels, step=step, text__icontains=search)


def _filtered(query: QuerySet[Any], **conditions: Any) -> QuerySet[Any]:
    return query.filter(**{name: value for name, value in conditions.items() if value is not None})
