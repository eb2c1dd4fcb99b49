"""The whole classic text of a log, in pieces, so that a long one never is in memory at once."""

from collections.abc import Iterator
from functools import partial

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot.log_text import written
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.record import DELTA_LIMIT
from progress_updater.snapshot.window import read_window


def text_of(
    log: TaskLog, audience: Audience, *, attempt: int | None = None, limit: int = DELTA_LIMIT
) -> Iterator[str]:
    """Write the text of a log.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        attempt: the number of an attempt; None for all.
        limit: steps and lines in one piece.

    Yields:
        Pieces of the text, in order; nothing that was stored after the log was read.

    Raises:
        UnknownAttempt: there is no attempt of that number; raised before the first piece is asked for.
    """
    reading = Reading(log, audience, attempt=attempt)
    reading.asked_for  # noqa: B018 - an unknown attempt shows before the answer begins
    return _pieces(reading, limit)


def _pieces(reading: Reading, limit: int) -> Iterator[str]:
    read_entries = partial(read_window, limit=limit)
    reading.entries = read_entries(reading, after=0)
    yield written(reading)
    while reading.entries.more:
        reading.entries = read_entries(reading, after=reading.entries.upto)
        yield written(reading)
