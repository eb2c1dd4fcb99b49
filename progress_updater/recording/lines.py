"""The lines of a run on their way to the writer: bounded memory, and gaps that are counted."""

from __future__ import annotations

from collections import deque
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from progress_updater.recording.entries import QUEUED, latest_number

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from typing import Any

    from progress_updater.recording.channel import Channel, Queued
    from progress_updater.recording.entries import Entry

LINE_COST: Final = 387  # bytes of memory that a line takes besides its text; 32 MiB hold 76,959 empty lines
GAP: Final = "gap"
NOTIFY: Final = "notify"
LOGGING: Final = "logging"
NO_MEMORY: Final = "there was no memory left for them"
NOT_RECORDED: Final = "they could not be recorded"


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


def line_of(entry: Sequence[Any]) -> Line:
    """Return what an entry of the journal says: its fields follow its kind and the key of its run."""
    return Line._make(entry[2:])


class Lines:
    """Take lines from any thread without a lock, and hand them to the writer in order.

    Args:
        channel: says how much memory is left.
        source: the run whose lines they are.

    Attributes:
        take: takes a line without a name and data, for which the caller has found memory.
        waiting_in: the keys of the runs that have lines only in the journal, which are not read back.
    """

    def __init__(self, channel: Channel, source: Queued) -> None:
        self._channel = channel
        self._source = source
        self._entries: deque[Entry] = deque()
        self.take = self._entries.append
        self.waiting_in: Container[int] = ()
        self._back = 0
        self._replacing: dict[str, Entry] = {}
        self._first_lost: Line | None = None
        self._lost = 0

    def add(self, entry: Entry) -> bool:
        """Keep a line in memory; without that in the journal only, or as a part of a gap.

        Args:
            entry: of the kind LINE.

        Returns:
            True where it is in memory now. No line comes there past those that wait in the journal.
        """
        channel, line = self._channel, line_of(entry)
        waiting = None if line.replace is None else self._replacing.get(line.replace)
        has_room = waiting is not None or channel.free > 0
        if (channel.queueing or not has_room) and self._queue(entry):
            return False
        if not has_room or self._queued:
            self.lose(line.n, line.step, NO_MEMORY)
            return False
        cost = cost_of(line) - (0 if waiting is None else cost_of(line_of(waiting)))
        # Nothing is called while a number is changed: so no other thread comes in between.
        channel.free -= cost
        if line.replace is None:
            self._entries.append(entry)
        else:
            self._replacing[line.replace] = entry
        return True

    def _queue(self, entry: Entry) -> bool:
        if self._channel.queue is None:
            return False
        if not self._queued:
            self._back = latest_number(entry) - 1
        return self._channel.queue(self._source, entry)

    @property
    def _queued(self) -> bool:
        return self._source.key in self.waiting_in

    @property
    def until(self) -> float:
        """The number of the last change before which no line is only in the journal."""
        return self._back if self._queued else inf

    def lose(self, n: int, step: int | None, why: str) -> None:
        """Count a line that is not kept.

        Args:
            n: the number of this change.
            step: the step in which it was said.
            why: the reason, as the end of a sentence; the gap gives that of its first line.
        """
        self._lost += 1
        if self._first_lost is None:
            self._first_lost = Line(n, step, monotonic(), "warning", why, None, None, GAP, True)

    def take_back(self, entries: Iterable[Entry]) -> None:
        """Take up lines that were only in the journal.

        Args:
            entries: what the run says in the next part of the journal, in order; all that are of the kind
                QUEUED, and those of other kinds that tell how far this is.
        """
        for entry in entries:
            if entry[0] == QUEUED:
                cost = cost_of(line_of(entry))
                self._channel.free -= cost
                self._entries.append(entry)
            self._back = max(self._back, latest_number(entry))

    def drain(self, into: list[Line]) -> None:
        """Move all that was said until now, in any order; an exception in between loses no line.

        A gap waits for the lines before it that are only in the journal.

        Args:
            into: where the lines are moved.
        """
        entries = self._entries
        for _ in range(len(entries)):
            into.append(line_of(entries[0]))
            entries.popleft()
        into.extend(line_of(self._replacing.pop(name)) for name in list(self._replacing))
        gap = self._take_gap()
        if gap is not None:
            into.append(gap)

    @property
    def waiting(self) -> bool:
        """Whether anything was said since the last call of drain."""
        return bool(self._entries or self._replacing or self._first_lost)

    def _take_gap(self) -> Line | None:
        first = self._first_lost
        # In this order: what was queued before the first of them was lost is seen.
        if first is None or first.n > self.until:
            return None
        self._first_lost = None
        count = self._lost
        self._lost -= count
        return gap_line(first, count, first.text) if count else None


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
