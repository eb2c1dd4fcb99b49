"""The journal of this process: entries into files, files away once all in them is stored."""

import os
import secrets
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from orjson import dumps

from progress_updater.recording import registry
from progress_updater.recording.entries import Entry
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.journal.encoding import OPTIONS, encoded
from progress_updater.writing.journal.folder import make_folder
from progress_updater.writing.journal.introductions import Introductions
from progress_updater.writing.journal.locks import Lock
from progress_updater.writing.journal.segments import HEADER, SIZE, SUFFIX, Segment

OWN: Final[set[str]] = set()
"""The names of the journals of this process. A pid would not tell: the next one may have it again."""

DOING: Final = "write the journal; what is not stored yet is lost if this process is killed"


class Mark(NamedTuple):
    """A place in the journal."""

    segment: Segment | None
    """None while the journal is off."""
    position: int
    older: Sequence[Segment]
    """The files before it."""


class Journal:
    """Keep the entries of this process in files; no thread of the author's ever waits here.

    Args:
        folder: where the files are.
        limit: bytes that the files may take; beyond, entries are only in memory.

    Attributes:
        folder: the same.
        limit: the same.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._owned: dict[str, tuple[str, Lock]] = {}
        self._begin()

    def _begin(self) -> None:
        self._numbers = count(1)
        self._segments: tuple[Segment, ...] = ()
        self._write: Callable[[bytes], object] = _Full()
        self._introductions = Introductions()
        self._was_closed = False

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
            data = encoded(entry)
        # The interpreter lets no thread in between the look-up and the call: so nothing is ever written
        # into a file that is not the last one any more.
        try:
            return self._write(data)
        except ValueError:
            return self._write_into_next(data)

    def _write_into_next(self, data: bytes) -> object:
        if len(data) > SIZE - HEADER:
            guard.report(ValueError(f"{len(data):,} bytes are more than a file takes"), DOING)
            return None
        while True:
            full = self._write
            try:
                return full(data)
            except ValueError:
                self._go_on_after(full)

    def _go_on_after(self, full: Callable[[bytes], object]) -> None:
        try:
            self._add_after(full)
        except PASSING:
            raise
        except Exception as error:
            if self._write is full:
                self._write = _leave_out
            guard.report(error, DOING)

    def _add_after(self, full: Callable[[bytes], object]) -> None:
        """Begin a file. Of threads that do so at the same moment the first one decides."""
        path, is_used = self._next_path(), False
        try:
            segment = Segment(path)
            while self._write is full:
                before = self._segments
                after = (*before, segment)
                # Nothing is called within: neither a thread nor a signal comes in between.
                if self._write is full and self._segments is before:
                    self._segments, self._write, is_used = after, segment.write, True
                    for left in before[-1:]:
                        left.leave_memory()
                    self._introduce_after_close()
        finally:
            if not is_used:
                path.unlink(missing_ok=True)

    def _next_path(self) -> Path:
        if len(self._segments) * SIZE + self._introductions.size >= self.limit:
            raise OSError("JOURNAL_SIZE is reached")
        return self.folder / f"{self._name()}.{next(self._numbers):06}{SUFFIX}"

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The files, the oldest first; only into the last one more may come."""
        return self._segments

    @property
    def is_off(self) -> bool:
        """Whether it takes nothing, until there may be room again."""
        return self._write is _leave_out

    def is_written_to(self, segment: Segment) -> bool:
        """Tell whether more may come into a file."""
        return segment.write is self._write

    def _name(self) -> str:
        """Name the one journal of this process; threads that write at the same moment agree about it."""
        if not self._owned:
            make_folder(self.folder)
            name = f"{os.getpid()}-{secrets.token_hex(8)}"
            OWN.add(name)
            try:
                made = name, Lock.made(self.folder / name)
            except BaseException:
                OWN.discard(name)
                raise
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
        segments, write = self._segments, self._write
        if segments and segments[-1].write is write:
            return Mark(segments[-1], segments[-1].position, segments[:-1])
        # Off, or it was until the last flush and no entry has come since: these files take no more.
        takes_no_more = write is _leave_out or (bool(segments) and isinstance(write, _Full))
        return Mark(None, 0, segments) if takes_no_more else None

    def forget(self, mark: Mark | None) -> None:
        """Take note that all before a mark is stored.

        Args:
            mark: what mark() returned.
        """
        was_off = self.is_off
        if was_off:
            self._write = _Full()  # there may be room again
        if mark is not None and (mark.segment is None or mark.segment in self._segments):
            self._remove(mark)
        if was_off or (mark is not None and mark.segment is None):
            self._introduce_all()

    def _remove(self, mark: Mark) -> None:
        going = [segment for segment in mark.older if segment in self._segments]
        if going and not self._take_over(going) and mark.segment is not None:
            return
        # The oldest first: whoever is killed here leaves nothing that a later entry has replaced.
        for segment in going:
            segment.path.unlink(missing_ok=True)
        self._leave(going)
        if mark.segment is not None:
            mark.segment.note_stored(mark.position)
            self._replace_removed(mark.segment)

    def _leave(self, going: Sequence[Segment]) -> None:
        while going:
            before = self._segments
            after = tuple(segment for segment in before if segment not in going)
            # An author's thread may have added a file meanwhile.
            if self._segments is before:
                self._segments, going = after, ()

    def _take_over(self, going: Sequence[Segment]) -> bool:
        """Keep what files that go say of runs that the others are about; False where that is not possible."""
        staying = [segment for segment in self._segments if segment not in going]
        try:
            self._introductions.take_over(self.folder / self._name(), going, staying)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, DOING)
            return False
        return True

    def _introduce_all(self) -> None:
        """Say again which runs go on, where nothing could be written, or what was written is gone."""
        for recorder in registry.live():
            if not self.is_off:
                recorder.introduce()

    def _replace_removed(self, segment: Segment) -> None:
        """Have the next entry begin new files, where somebody has removed these."""
        owned = list(self._owned.values())
        runs = self._introductions.path
        paths = [segment.path, *(lock.path for _, lock in owned), *([] if runs is None else [runs])]
        removed = [path for path in paths if not path.exists()]
        if not removed:
            return
        self._write = _Full()
        for name, lock in owned:
            if lock.path in removed:
                self._owned = {}
                lock.release()
                OWN.discard(name)
        guard.report(FileNotFoundError(f"{removed[0]} was removed"), DOING)
        self._introduce_all()

    def _introduce_after_close(self) -> None:
        if self._was_closed:
            self._was_closed = False
            self._introduce_all()

    def close(self, is_done: Callable[[], bool] = lambda: True) -> None:
        """Remove the files of a process that ends, once all in them is stored.

        What other threads say from now on is in a journal of another name.

        Args:
            is_done: whether all is stored; asked once nothing more can come into the files. They stay for
                others otherwise.
        """
        self._was_closed = True
        owned, self._owned = self._owned, {}
        # After that: whoever has made a file under the old name sees that the last one is another now.
        self._write = _Full()
        old = tuple(f"{name}." for name, _ in owned.values())
        segments = [segment for segment in self._segments if segment.path.name.startswith(old)]
        introductions, self._introductions = self._introductions, Introductions()
        self._leave(segments)
        if not is_done():
            return
        for segment in segments:
            segment.path.unlink(missing_ok=True)
        introductions.remove()
        for name, lock in owned.values():
            lock.remove()
            OWN.discard(name)


class _Full:
    """Stand for a file without room. Each is another: a thread that was held up sees what happened."""

    def __call__(self, _data: bytes) -> None:
        raise ValueError


def _leave_out(_data: bytes) -> None:
    """Write nothing: the journal is switched off."""
