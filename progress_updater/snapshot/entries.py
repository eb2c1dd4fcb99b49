"""The steps and lines that one answer carries, and the stretch of the cursor that it covers."""

from dataclasses import dataclass
from typing import Any

from progress_updater.recording.lines import GAP
from progress_updater.snapshot.rows import MessageRow, StepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What lies in the stretch after < seq <= upto."""

    after: int
    upto: int
    steps: list[StepRow]
    """In the order of their numbers; in a delta in the order in which they changed."""
    messages: list[MessageRow]
    """In the order of the cursor."""
    gaps: list[MessageRow]
    """Those of the lines that stand for lines that were never stored, also where the lines are cut."""
    more: bool = False
    """Whether the stretch ends before the log does, because there was too much for one answer."""
    truncated: dict[str, Any] | None = None
    """How many older entries this answer leaves out."""


def gaps_among(messages: list[MessageRow]) -> list[MessageRow]:
    """Pick the lines that stand for lines that were never stored."""
    return [message for message in messages if message.source == GAP]
