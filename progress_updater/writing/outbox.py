"""What a process has to store, until a sink has it."""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from progress_updater.recording.changes import LogChange
from progress_updater.recording.channel import Queued, Source
from progress_updater.recording.entries import Entry
from progress_updater.recording.guard import Expected
from progress_updater.recording.passing import PASSING

MEMORY: Final = 32 * 1024 * 1024  # bytes that lines may take while they wait


class StoreLater(Expected):
    """The sink cannot store now. Everything is kept for the next try."""


class Sink(Protocol):
    """Where the changes go."""

    def store(self, changes: list[LogChange]) -> None:
        """Store them.

        Raises:
            StoreLater: the same call may succeed later; storing twice what was stored changes nothing.
        """

    def rest(self) -> None:
        """Give back what a quiet process does not need."""

    def prepare_fork(self) -> None:
        """Close what a forked child must not inherit."""

    def abandon(self) -> None:
        """Leave everything to the parent process, in a forked child."""


Collected = tuple[Source, LogChange]
"""A source, and what of it is not stored yet."""


class Outbox:
    """Take sources from any thread; one thread at a time stores them.

    Args:
        sink: where the changes go.

    Attributes:
        free: bytes of memory left for lines. Adding a number to it is one step of the interpreter; calling
            anything within that step would let another thread in between.
        queueing: whether lines go into the journal only.
        last_stored: how many changes the latest flush had.
        keep: writes an entry into the journal; None where there is none.
        queue: writes a line into the journal only.
    """

    keep: Callable[[Entry], object] | None = None
    queue: Callable[[Queued, Entry], bool] | None = None

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._empty()

    def _empty(self) -> None:
        self.free = MEMORY
        self.queueing = False
        self.last_stored = 0
        self._changed: deque[Source] = deque()
        self._sources: dict[int, Source] = {}
        self._counting: dict[int, Source] = {}

    def close(self, seconds: float) -> None:
        """Remove what a process that ends does not need any more; wait for it no longer than that."""

    def hold_still(self) -> None:
        """Store nothing while the process forks."""

    def go_on(self) -> None:
        """Store again, after a fork."""

    def begin_anew(self) -> None:
        """Forget everything, in a forked child: the parent stores what was recorded before."""
        self._empty()
        self.sink.abandon()

    def add(self, source: Source) -> None:
        """Take up a source that has something to store."""
        self._changed.append(source)

    def add_counting(self, source: Source) -> None:
        """Take up a source that is sampled each time, until it counts no more."""
        self._counting[id(source)] = source
        self._changed.append(source)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store, nor to sample."""
        return not (self._changed or self._sources or self._counting)

    def store(self) -> bool:
        """Store all that is new.

        Returns:
            True where a run had only begun: what was recorded in it meanwhile is stored by the next call.

        Raises:
            StoreLater: nothing is lost; call again.
            Exception: a source could not be collected; it is kept, and all others are stored. Call again.
        """
        self._gather()
        collected, uncollected = self._collect()
        self.last_stored = len(collected)
        self._bring(collected)
        if uncollected is not None:
            raise uncollected
        if self.is_empty:
            self.free = MEMORY
        return any(_has_only_begun(change) for _, change in collected)

    def _bring(self, collected: list[Collected]) -> None:
        if collected:
            self.sink.store([change for _, change in collected])
        self._forget(collected)

    # Other threads look whether anything waits: a source is in its new place before it leaves the old one.

    def _gather(self) -> None:
        while self._changed:
            source = self._changed[0]
            self._sources[id(source)] = source
            self._changed.popleft()
        for key, source in self._counting.copy().items():
            self._sources[key] = source
            del self._counting[key]
            # After that: whoever begins to count meanwhile has put it back, or is seen here.
            if source.is_counting:
                self._counting[key] = source

    def _collect(self) -> tuple[list[Collected], Exception | None]:
        collected, uncollected = [], None
        for key, source in list(self._sources.items()):
            try:
                change = source.collect()
            except PASSING:
                raise
            except Exception as error:
                uncollected = error
                continue
            if change is None:
                del self._sources[key]
            else:
                collected.append((source, change))
        return collected, uncollected

    def _forget(self, collected: list[Collected]) -> None:
        for source, change in collected:
            held = source.held
            source.stored(change)
            freed = held - source.held
            self.free += freed
            del self._sources[id(source)]


def _has_only_begun(change: LogChange) -> bool:
    return change.run is not None and change.run.is_new and change.run.attempt.end is None
