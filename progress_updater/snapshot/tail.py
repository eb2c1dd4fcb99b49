"""The entries of a detail: one attempt, whole, or its latest part where it is long."""

from typing import Any

from progress_updater.recording.lines import GAP
from progress_updater.settings import current
from progress_updater.snapshot.entries import Entries, gaps_among
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import MessageRow, StepRow, messages_of, rows, steps_of
from progress_updater.snapshot.tree import Tree


def read_tail(reading: Reading) -> Entries:
    """Read the last LOG_TAIL lines, and at most LOG_TAIL steps, of the shown attempt.

    Args:
        reading: the look at the log.

    Returns:
        Its entries.
    """
    steps, fewer_steps = _steps(reading)
    messages, gaps, fewer_messages = _messages(reading)
    truncated = {"messages": fewer_messages, "steps": fewer_steps} if fewer_messages or fewer_steps else None
    return Entries(
        after=0, upto=reading.log.seq, steps=steps, messages=messages, gaps=gaps, truncated=truncated
    )


def _steps(reading: Reading) -> tuple[list[StepRow], int]:
    attempt, limit, seq = reading.shown, current().LOG_TAIL, reading.log.seq
    if attempt is None:
        return [], 0
    # Steps that appeared later are read too: they have their place among the others.
    query = steps_of(reading.log.pk, attempt.id).order_by("number")
    found = rows(StepRow, query[: limit + 1])
    if len(found) <= limit:
        reading.keep_tree(attempt.id, Tree(found))
        return [step for step in found if step.opened_seq <= seq], 0
    chosen = reading.trees([attempt.id])[attempt.id].latest(limit, seq)
    left_out = query.filter(opened_seq__lte=seq).count() - len(chosen)
    return rows(StepRow, query.filter(number__in=chosen)), left_out


def _messages(reading: Reading) -> tuple[list[MessageRow], list[MessageRow], int]:
    attempt, limit = reading.shown, current().LOG_TAIL
    if attempt is None:
        return [], [], 0
    query: Any = messages_of(reading.log.pk, reading.audience, attempt.id).filter(seq__lte=reading.log.seq)
    newest_first = query.order_by("-seq")
    found = rows(MessageRow, newest_first[: limit + 1])
    if len(found) <= limit:
        found.reverse()
        return found, gaps_among(found), 0
    gaps = rows(MessageRow, newest_first.filter(source=GAP)[:limit])
    return found[:limit][::-1], gaps[::-1], query.count() - limit
