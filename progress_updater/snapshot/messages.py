"""The lines of an answer, and the gaps among them."""

from typing import Any

from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import MessageRow


def messages_json(reading: Reading, messages: list[MessageRow]) -> list[dict[str, Any]]:
    """Show lines.

    Args:
        reading: the look at the log.
        messages: rows of this log.

    Returns:
        One object a line, in the same order.
    """
    attempts = reading.by_id
    return [
        {
            "seq": message.seq,
            "attempt": attempts[message.attempt_id].number,
            "step": message.step,
            "at": message.at,
            "level": message.level,
            "text": message.text,
            "data": message.data,
            "replace": message.replace,
            "source": message.source,
        }
        for message in messages
    ]


def gaps_json(reading: Reading, gaps: list[MessageRow]) -> list[dict[str, Any]]:
    """Show where lines are missing that were never stored.

    Args:
        reading: the look at the log.
        gaps: rows of this log whose source is "gap".

    Returns:
        One object a gap, in the same order.
    """
    return [
        {
            "seq": gap.seq,
            "attempt": reading.by_id[gap.attempt_id].number,
            "step": gap.step,
            "at": gap.at,
            "count": gap.data["count"],
            "text": gap.text,
        }
        for gap in gaps
    ]
