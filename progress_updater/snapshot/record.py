"""The record of one task: whole, or what changed in it after a cursor."""

from collections.abc import Collection
from functools import partial
from typing import Any, Final

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot.keys import DELTA, DETAIL, answer
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.tail import read_tail
from progress_updater.snapshot.window import read_window

DELTA_LIMIT: Final = 1_000
"""Entries of a delta."""


def detail(
    log: TaskLog, audience: Audience, *, attempt: int | None = None, keys: Collection[str] | None = None
) -> dict[str, Any]:
    """Show a whole record; of a long one the last LOG_TAIL lines and steps.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        attempt: the number of the attempt whose steps and lines are shown; None for the newest.
        keys: the keys to show; None for all.

    Returns:
        The record as it stands at its "seq": nothing in it is newer, nothing older is missing.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    reading = Reading(log, audience, attempt=attempt, read_entries=read_tail)
    return answer(reading, DETAIL, keys)


def delta(
    log: TaskLog,
    audience: Audience,
    *,
    after: int,
    attempt: int | None = None,
    keys: Collection[str] | None = None,
    limit: int = DELTA_LIMIT,
) -> dict[str, Any]:
    """Show what changed in a record after a cursor.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        after: the "seq" of the reader's last answer; 0 for all from the start.
        attempt: the number of the attempt whose steps and lines are shown; None for all, so that nothing
            is lost across a retry.
        keys: the keys to show; None for all.
        limit: steps and lines in one answer at the most; "more" tells that some are left.

    Returns:
        The record, with the steps, lines and text of the stretch after < seq <= its "seq" alone.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    read_entries = partial(read_window, after=after, limit=limit)
    return answer(Reading(log, audience, attempt=attempt, read_entries=read_entries), DELTA, keys)
