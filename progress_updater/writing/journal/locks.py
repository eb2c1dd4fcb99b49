"""Who owns a journal: as long as a process lives it holds the lock of its own.

`fcntl.lockf`, not `flock`: a lock of the latter would live on in grandchildren that were forked.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from progress_updater.writing.native import Bell

SUFFIX: Final = ".lock"


class Lock:
    """Hold the lock of a journal until the process ends.

    Closing any file of the same path in this process would give it back: nobody else may open it here.

    Args:
        journal: the path of the journal, without a suffix.

    Attributes:
        path: of the lock's file.

    Raises:
        OSError: the file cannot be made, or another process holds the lock.
    """

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(journal.name + SUFFIX)
        self._descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._descriptor)
            raise

    @classmethod
    def made(cls, journal: Path) -> Self:
        """Make a lock that nobody ever sees free while this process lives.

        Args:
            journal: the path of a new journal, without a suffix.

        Raises:
            OSError: the file cannot be made, or not be locked; then there is none.
        """
        hidden = journal.with_name(f".{journal.name}")
        path, lock = journal.with_name(journal.name + SUFFIX), None
        try:
            lock = cls(hidden)
            lock.path.rename(path)
        except BaseException:
            hidden.with_name(hidden.name + SUFFIX).unlink(missing_ok=True)
            if lock is not None:
                lock.release()
            raise
        lock.path = path
        return lock

    def remove(self) -> None:
        """Remove the file, and give the lock back."""
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Give the lock back; in a forked child, which has none, only the file is closed."""
        os.close(self._descriptor)


def _free() -> Bell:
    bell = Bell()
    bell.ring()
    return bell


_turn = _free()


def _begin_anew() -> None:
    global _turn  # noqa: PLW0603 (a forked child has a turn of its own)
    _turn = _free()


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Do something that only one thread of all processes may do.

    Args:
        path: of the lock, without a suffix; its file stays.

    Yields:
        False where somebody else does it now.
    """
    # The system's locks are those of a process: among its threads they say nothing.
    turn = _turn
    if not turn.wait(0):
        yield False
        return
    try:
        lock = Lock(path)
    except OSError:
        turn.ring()
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
        turn.ring()
