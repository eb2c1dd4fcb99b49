"""The journal of this process: entries into files, files away once all in them is stored."""

import os
import secrets
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

from orjson import dumps

from progress_updater.recording import registry
from progress_updater.recording.clean import printed, storable
from progress_updater.recording.entries import Entry
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.journal.folder import make_folder
from progress_updater.writing.journal.locks import Lock
from progress_updater.writing.journal.segments import HEADER, OPTIONS, SIZE, SUFFIX, Segment, encoded

INTEGERS: Final = 2**63
"""The whole numbers below are written as they are."""

OWN: Final[set[str]] = set()
"""The names of the journals of this process. A pid would not tell: the next one may have it again."""

DOING: Final = "write the journal; what is not stored yet is lost if this process is killed"


class Mark(NamedTuple):
    """A place in the journal."""

    segment: Segment | None
    """None while the journal is off."""
    position: int
    older: list[Segment]
    """The files before it."""


class Journal:
    """Keep the entries of this process in files; no thread of the author's ever waits here.

    Args:
        folder: where the files are.
        limit: bytes that the files may take; beyond, entries are only in memory.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._owned: dict[str, tuple[str, Lock]] = {}
        self._begin()

    def _begin(self) -> None:
        self._numbers = count(1)
        self._segments: list[Segment] = []
        self._write: Callable[[bytes], object] = _is_full

    def begin_anew(self) -> None:
        """Leave the files to the parent process, in a forked child."""
        for _, lock in self._owned.values():
            lock.release()
        self._owned = {}
        OWN.clear()
        self._begin()

    def keep(self, entry: Entry) -> object:
        """Write an entry; it is there when this returns.

        Args:
            entry: one of recording.entries.

        Returns:
            None where the journal is switched off.
        """
        try:
            data = dumps(entry, None, OPTIONS)  # as encoded() does: this is called for each line
        except TypeError:
            data = encoded(_plain(entry))
        # The interpreter lets no thread in between the look-up and the call: so nothing is ever written
        # into a file that mark() has called old.
        try:
            return self._write(data)
        except ValueError:
            return self._write_into_next(data)

    def _write_into_next(self, data: bytes) -> object:
        try:
            segment = self._added()
            self._write = segment.write
            written = segment.write(data)
            for full in self._segments[-2:-1]:
                full.leave_memory()
        except PASSING:
            raise
        except Exception as error:
            self._write = _leave_out
            guard.report(error, DOING)
            return None
        # Each file says which runs it is about: those before it may be gone.
        for recorder in registry.live():
            recorder.introduce()
        return written

    @property
    def segments(self) -> list[Segment]:
        """The files, the oldest first."""
        return list(self._segments)

    def is_written_to(self, segment: Segment) -> bool:
        """Tell whether more may come into a file."""
        return segment.write is self._write

    def _added(self) -> Segment:
        if len(self._segments) * SIZE >= self._limit:
            raise OSError("JOURNAL_SIZE is reached")
        segment = Segment(self._folder / f"{self._name()}.{next(self._numbers):06}{SUFFIX}")
        self._segments.append(segment)
        return segment

    def _name(self) -> str:
        """Name the one journal of this process; threads that write at the same moment agree about it."""
        if not self._owned:
            make_folder(self._folder)
            name = f"{os.getpid()}-{secrets.token_hex(8)}"
            OWN.add(name)
            made = name, Lock.made(self._folder / name)
            # One step of the interpreter: the first thread decides.
            if self._owned.setdefault("", made) is not made:
                made[1].remove()
                OWN.discard(name)
        return self._owned[""][0]

    def mark(self) -> Mark | None:
        """Return the end of what is written.

        All entries before it are in memory too, for that is where they go first.

        Returns:
            None where nothing is written.
        """
        segments = list(self._segments)
        for active in segments:
            if active.write is self._write:
                return Mark(
                    active, active.position, _written([each for each in segments if each is not active])
                )
        return Mark(None, 0, _written(segments)) if self._write is _leave_out else None

    def forget(self, mark: Mark | None) -> None:
        """Take note that all before a mark is stored.

        Args:
            mark: what mark() returned.
        """
        if self._write is _leave_out:
            self._write = _is_full  # there may be room again
        if mark is None or (mark.segment is not None and mark.segment not in self._segments):
            return
        # The oldest first: whoever is killed here leaves nothing that a later entry has replaced.
        for segment in mark.older:
            if segment in self._segments:
                segment.path.unlink(missing_ok=True)
                # In place: an author's thread may add a file meanwhile.
                self._segments.remove(segment)
        if mark.segment is not None:
            mark.segment.note_stored(mark.position)
            self._replace_removed(mark.segment)

    def _replace_removed(self, segment: Segment) -> None:
        """Have the next entry begin new files, where somebody has removed these."""
        owned = list(self._owned.values())
        if all(lock.path.exists() for _, lock in owned) and segment.path.exists():
            return
        self._write = _is_full
        for name, lock in owned:
            if not lock.path.exists():
                self._owned = {}
                lock.release()
                OWN.discard(name)
        guard.report(FileNotFoundError(f"{segment.path} or its lock was removed"), DOING)

    def close(self) -> None:
        """Remove the files of a process that ends, once all in them is stored."""
        for segment in self._segments:
            segment.path.unlink(missing_ok=True)
        for name, lock in self._owned.values():
            lock.remove()
            OWN.discard(name)
        self._owned = {}
        self._begin()


def _written(segments: list[Segment]) -> list[Segment]:
    """Leave out a file that was just added: nothing is written into it yet, and soon will be."""
    return [segment for segment in segments if segment.position > HEADER]


def _is_full(_data: bytes) -> None:
    raise ValueError


def _leave_out(_data: bytes) -> None:
    """Write nothing: the journal is switched off."""


def _plain(value: Any) -> Any:
    """Turn what is no plain value into text that can be stored; what authors hand over may be anything."""
    if value is None or type(value) in {bool, float}:
        return value
    if type(value) is int and abs(value) < INTEGERS:
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return storable(printed(value))
