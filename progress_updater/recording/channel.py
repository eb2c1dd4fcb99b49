"""The way from a recorder to whatever stores its changes."""

from collections.abc import Callable
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


class Channel(Protocol):
    """What a recorder sees of the writer.

    Attributes:
        free: bytes of memory left for lines; at zero a line becomes part of a gap.
        keep: writes an entry into the journal; None where there is none.
    """

    free: int
    keep: Callable[[Entry], None] | None

    def changed(self, source: Source) -> None:
        """Take note that a source has something for the next flush."""

    def urgent(self, source: Source) -> None:
        """Take note that somebody waits to see it: a start, an end, an exception."""

    def ticking(self, source: Source) -> None:
        """Sample the source at each flush, because it counts without saying so."""
