"""The lines of a run on their way to the writer: bounded memory, and gaps that are counted."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from progress_updater.recording.channel import Channel

LINE_COST: Final = 336  # bytes of memory that a line takes besides its text; 32 MiB hold 99,864 lines
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
        self._gap: Line | None = None
        self._gap_count = 0
        self._gap_lock = Lock()

    def add(self, line: Line) -> None:
        """Keep a line, or count it where there is no memory left."""
        channel = self._channel
        if line.replace is not None and line.replace in self._replacing:
            self._replacing[line.replace] = line
        elif channel.free <= 0:
            self._count_lost(line)
        else:
            channel.free -= cost_of(line)
            if line.replace is None:
                self._lines.append(line)
            else:
                self._replacing[line.replace] = line

    def _count_lost(self, line: Line) -> None:
        with self._gap_lock:
            if self._gap is None:
                self._gap = line
            self._gap_count += 1

    def drain(self) -> list[Line]:
        """Take all that was said, in the order of its numbers."""
        drained: list[Line] = []
        lines = self._lines
        while lines:
            drained.append(lines.popleft())
        while self._replacing:
            drained.append(self._replacing.popitem()[1])
        gap = self._take_gap()
        if gap is not None:
            drained.append(gap)
        drained.sort(key=_number)
        return drained

    @property
    def waiting(self) -> bool:
        """Whether anything was said since the last call of drain."""
        return bool(self._lines or self._replacing or self._gap)

    def _take_gap(self) -> Line | None:
        with self._gap_lock:
            first, count = self._gap, self._gap_count
            self._gap, self._gap_count = None, 0
        return None if first is None else gap_line(first, count, "there was no memory left for them")


def _number(line: Line) -> int:
    return line.n


def cost_of(line: Line) -> int:
    """Estimate the memory that a line takes, in bytes."""
    return LINE_COST + len(line.text) + (len(line.data) if line.data else 0)


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
