"""One file of a journal, of a fixed size, mapped into memory.

What is written stays when the process is killed: the pages belong to the system. Writing is one call that
neither enters the kernel nor gives the GIL away, so it costs the same beside threads that compute.
"""

import errno
import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from progress_updater.recording.entries import Entry
from progress_updater.writing.journal.encoding import decoded

SUFFIX: Final = ".journal"
SIZE: Final = 1024 * 1024  # bytes
FORMAT: Final = "progress_updater journal 2"
MAGIC: Final = f"{FORMAT}\n".encode().ljust(32)
HEADER: Final = len(MAGIC) + 8  # bytes; the last 8 say how much of the file is stored


class Segment:
    """Append entries to a new file.

    Args:
        path: the file, which must not exist.

    Attributes:
        path: the file.
        write: appends bytes in one uninterrupted step; ValueError when they do not fit.

    Raises:
        OSError: no such file can be made, or the disk has no room for all of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            _reserve(descriptor)
            self._map = mmap.mmap(descriptor, SIZE)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(descriptor)
        self._map.write(MAGIC + HEADER.to_bytes(8, "little"))
        self.write = self._map.write

    @property
    def position(self) -> int:
        """How many bytes are written."""
        return self._map.tell()

    def entries(self, start: int, end: int, kinds: Iterable[int]) -> list[Entry]:
        """Read a part of what this process has written.

        Args:
            start: where an entry begins.
            end: where one ends, not beyond what is written.
            kinds: which entries are wanted.
        """
        return _of_kinds(self._map[start:end], kinds)

    def lines(self, kinds: Iterable[int]) -> list[bytes]:
        """Return all entries of some kinds, as they are written.

        Args:
            kinds: which entries are wanted.
        """
        return _lines_of_kinds(self._map[HEADER : self.position], kinds)

    def leave_memory(self) -> None:
        """Give back the memory of a full file, which counts as the process's own; the file stays."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def note_stored(self, position: int) -> None:
        """Note in the file that all entries before a position are stored."""
        self._map[len(MAGIC) : HEADER] = position.to_bytes(8, "little")


def _reserve(descriptor: int) -> None:
    """Take the whole place now: a page without one would kill the process when it is written."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, SIZE)
    elif os.write(descriptor, bytes(SIZE)) < SIZE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_segment(path: Path) -> Iterator[tuple[bool, Entry]]:
    """Read a file that its process has left.

    Args:
        path: the file.

    Yields:
        Whether an entry is stored already, and the entry. What was written by half at the end is left out.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        return
    stored = int.from_bytes(data[len(MAGIC) : HEADER], "little")
    start = HEADER
    while (end := data.find(b"\n", start) + 1) and (entry := decoded(data[start:end])) is not None:
        yield start < stored, entry
        start = end


def read_kind(path: Path, kind: int) -> list[Entry]:
    """Read the entries of one kind, stored or not, from a file that its process has left.

    Args:
        path: the file.
        kind: which entries are wanted.
    """
    data = path.read_bytes()
    return _of_kinds(data[HEADER:], [kind]) if data.startswith(MAGIC) else []


def write_closed(path: Path, lines: Iterable[bytes]) -> int:
    """Make a file to which nothing will be added; it takes no more than it needs.

    Args:
        path: the file, which must not exist.
        lines: encoded entries, all of which are stored.

    Returns:
        Its size in bytes.

    Raises:
        OSError: it cannot be made; then there is none.
    """
    content = b"".join(lines)
    data = b"".join((MAGIC, (HEADER + len(content)).to_bytes(8, "little"), content))
    path.touch(0o600, exist_ok=False)
    try:
        return path.write_bytes(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _of_kinds(data: bytes, kinds: Iterable[int]) -> list[Entry]:
    return [entry for line in _lines_of_kinds(data, kinds) if (entry := decoded(line)) is not None]


def _lines_of_kinds(data: bytes, kinds: Iterable[int]) -> list[bytes]:
    wanted = tuple(b"[%d," % kind for kind in kinds)
    return [line for line in data.splitlines(keepends=True) if line.startswith(wanted)]
