"""The lines of a run on their way to the writer: bounded memory, and gaps that are counted."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from progress_updater.recording.channel import Channel

LINE_COST: Final = 287  # bytes of memory that a line takes besides its text; 32 MiB hold 99,864 empty lines
GAP: Final = "gap"
NOTIFY: Final = "notify"


class Line(NamedTuple):
    """One message, as it was said."""

    n: int
    step: int | None
    at: float
    """The monotonic clock, in seconds."""
    level: str
    text: str
    data: str | None
    replace: str | None
    source: str
    public: bool


class Lines:
    """Take lines from any thread without a lock, and hand them to the writer in order."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lines: deque[Line] = deque()
        self._replacing: dict[str, Line] = {}
        self._first_lost: Line | None = None
        self._lost = 0

    def add(self, line: Line) -> None:
        """Keep a line, or count it where there is no memory left."""
        channel, cost = self._channel, cost_of(line)
        if line.replace is not None and (waiting := self._replacing.get(line.replace)) is not None:
            cost -= cost_of(waiting)
        elif channel.free <= 0:
            self._count_lost(line)
            return
        # Nothing is called while a number is changed: so no other thread comes in between.
        channel.free -= cost
        if line.replace is None:
            self._lines.append(line)
        else:
            self._replacing[line.replace] = line

    def _count_lost(self, line: Line) -> None:
        self._lost += 1
        if self._first_lost is None:
            self._first_lost = line

    def drain(self, into: list[Line]) -> None:
        """Move all that was said, in any order; an exception in between loses no line.

        Args:
            into: where the lines are moved.
        """
        lines = self._lines
        while lines:
            into.append(lines[0])
            lines.popleft()
        into.extend(self._replacing.pop(name) for name in list(self._replacing))
        gap = self._take_gap()
        if gap is not None:
            into.append(gap)

    @property
    def waiting(self) -> bool:
        """Whether anything was said since the last call of drain."""
        return bool(self._lines or self._replacing or self._first_lost)

    def _take_gap(self) -> Line | None:
        first = self._first_lost
        if first is None:
            return None
        self._first_lost = None
        count = self._lost
        self._lost -= count
        return gap_line(first, count, "there was no memory left for them") if count else None


def cost_of(line: Line) -> int:
    """Estimate the memory that a line takes, in bytes; a gap takes none of what is left for lines."""
    if line.source == GAP:
        return 0
    return LINE_COST + line.text.__sizeof__() + (line.data.__sizeof__() if line.data else 0)


def gap_line(first: Line, count: int, why: str) -> Line:
    """Make the line that stands for lines that were not kept.

    Args:
        first: the first of them; the gap takes its place.
        count: how many they are.
        why: the reason, as the end of a sentence.

    Returns:
        A public line of the source "gap" whose data is {"count": …}.
    """
    what = "1 line is" if count == 1 else f"{count:,} lines are"
    return first._replace(
        level="warning",
        text=f"{what} missing here: {why}",
        data=f'{{"count":{count}}}',
        replace=None,
        source=GAP,
        public=True,
    )


def steps_gap_line(n: int, step: int | None, count: int) -> Line:
    """Make the line that stands for child steps that were not kept; a later one replaces it.

    Args:
        n: the number of this change.
        step: the step they belong to.
        count: how many they are by now.

    Returns:
        A public line of the source "gap" whose data is {"count": …}.
    """
    return Line(
        n=n,
        step=step,
        at=monotonic(),
        level="warning",
        text=f"{count:,} more steps are not kept: there were too many, or they were nested too deep",
        data=f'{{"count":{count}}}',
        replace=f"steps not kept in {step}",
        source=GAP,
        public=True,
    )
