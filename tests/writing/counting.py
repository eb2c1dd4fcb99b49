"""A sink that counts, fails and hangs as a test wants it."""

from threading import Event
from time import monotonic
from typing import Any

from progress_updater.recording.changes import LogChange


class CountingSink:
    """Keep what is stored, and when.

    Attributes:
        stored: for each successful call, the changes.
        at: for each call, the monotonic clock.
        errors: what the next calls raise, one each.
        may_go_on: cleared, a call hangs until it is set.
        is_hanging: set while a call hangs.
        rests: how often it was sent to rest.
        forks: how often it was told of a fork.
        abandoned: how often it was left to a parent process.
    """

    def __init__(self) -> None:
        self.stored: list[list[LogChange]] = []
        self.at: list[float] = []
        self.errors: list[BaseException] = []
        self.may_go_on = Event()
        self.may_go_on.set()
        self.is_hanging = Event()
        self.rests = 0
        self.abandoned = 0
        self.forks = 0

    def store(self, changes: list[LogChange]) -> None:
        self.at.append(monotonic())
        self.hang()
        if self.errors:
            raise self.errors.pop(0)
        self.stored.append(changes)

    def hang(self) -> None:
        """Hang until it may go on."""
        if not self.may_go_on.is_set():
            self.is_hanging.set()
            self.may_go_on.wait(30)

    def rest(self) -> None:
        self.rests += 1

    def prepare_fork(self) -> None:
        self.forks += 1

    def abandon(self) -> None:
        self.abandoned += 1

    @property
    def texts(self) -> list[str]:
        """All lines in the order in which they came."""
        return [
            line.text
            for changes in self.stored
            for change in changes
            if change.run is not None
            for line in change.run.messages
        ]


def no_thread(run: Any) -> None:
    """Start no thread, as an interpreter that is shutting down."""
    raise RuntimeError("can't create new thread at interpreter shutdown")
