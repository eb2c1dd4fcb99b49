"""Whose turn it is: a thread stores, or the process forks, never both."""

from collections.abc import Callable
from math import inf
from threading import get_ident
from time import monotonic
from types import TracebackType
from typing import Final

from progress_updater.writing.native import Bell

LONGEST_HOLD: Final = 1.0  # seconds that a fork waits for the thread
LONGEST_FORK: Final = 10.0  # seconds after which a fork that keeps the turn was interrupted by a signal


class Turn:
    """Let no fork copy what a thread is in the midst of: a lock that it holds, a connection that it uses.

    Args:
        prepare_fork: called before a fork, while no thread has the turn.
    """

    def __init__(self, prepare_fork: Callable[[], None]) -> None:
        self._prepare_fork = prepare_fork
        self._free = Bell()
        self._free.ring()
        self._forking: int | None = None
        self._is_taken = False

    def take(self, seconds: float | None = None) -> bool:
        """Wait for the turn, for whoever cannot wait for ever; False where it did not come free in time."""
        end = inf if seconds is None else monotonic() + seconds
        while not self._free.wait(min(LONGEST_FORK, end - monotonic())):
            if monotonic() >= end:
                return False
            if not self._is_taken:
                # A signal may raise at any line of hold_still() and go_on(): then nobody gives it back.
                break
        self._is_taken = True
        return True

    def give_back(self) -> None:
        """Let somebody else have it."""
        self._is_taken = False
        self._free.ring()

    def __enter__(self) -> None:
        self.take()

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def hold_still(self) -> None:
        """Keep the turn during a fork; one that does not come free within LONGEST_HOLD is left alone."""
        if self._free.wait(LONGEST_HOLD):
            self._forking = get_ident()
            self._prepare_fork()

    def go_on(self) -> None:
        """Give back, after a fork, what was kept for it."""
        # Another thread may fork at the same time, without having got the turn.
        if self._forking == get_ident():
            self._forking = None
            self._free.ring()
