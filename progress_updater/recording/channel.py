"""The way from a recorder to whatever stores its changes."""

from collections.abc import Callable, Container
from typing import Protocol

from progress_updater.recording.changes import LogChange
from progress_updater.recording.entries import Entry


class Source(Protocol):
    """Somebody who has changes to store."""

    @property
    def held(self) -> int:
        """Bytes of memory that its collected lines take."""

    @property
    def is_counting(self) -> bool:
        """Whether it has to be sampled at each flush."""

    def collect(self) -> LogChange | None:
        """Return what is not stored yet, None where nothing is new."""

    def stored(self, change: LogChange) -> None:
        """Take note that a collected change is stored, so that it is not collected again."""


class Queued(Source, Protocol):
    """Somebody whose lines may be in the journal only, while there is no memory for them."""

    key: int

    def wait_in(self, waiting: Container[int]) -> None:
        """Take note of where its key is while lines of it are only in the journal."""

    def take_back(self, entries: list[Entry]) -> None:
        """Take up lines that were read back from the journal."""


class Channel(Protocol):
    """What a recorder sees of the writer.

    Attributes:
        free: bytes of memory left for lines.
        queueing: whether lines go into the journal only, behind others that are waiting there.
        keep: writes an entry into the journal; None where there is none.
        queue: writes a line into the journal only, to be read back later; False where it could not. None
            where there is no journal: without memory a line becomes part of a gap.
    """

    free: int
    queueing: bool
    keep: Callable[[Entry], object] | None
    queue: Callable[[Queued, Entry], bool] | None

    def add(self, source: Source) -> None:
        """Take up a source that has something to store, and wake nobody."""

    def changed(self, source: Source) -> None:
        """Take note that a source has something for the next flush."""

    def urgent(self, source: Source) -> None:
        """Take note that somebody waits to see it: a start, an end, an exception."""

    def ticking(self, source: Source) -> None:
        """Sample the source at each flush, because it counts without saying so."""
