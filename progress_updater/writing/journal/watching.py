"""A thread that recovers the journals of dead processes as they appear."""

import os
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from progress_updater.recording.guard import guard
from progress_updater.writing.journal.recovery import is_spoken_of, recover
from progress_updater.writing.native import Bell
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.trees import TreeCounts
from progress_updater.writing.turn import Turn

T = TypeVar("T")

PAUSE: Final = 1.0  # seconds between two looks
MOMENT: Final = 0.05  # seconds between two looks whether another process has done it
DYING: Final = 1.0  # seconds that a process may take to die
LONGEST_PAUSE: Final = 10.0  # seconds while the database is away, or somebody else does it
IDLE: Final = 30.0  # seconds after which the connection is closed


class Watch:
    """Recover journals until the process ends.

    Args:
        folder: where they are.
        alias: the database to which they belong.
    """

    def __init__(self, folder: Path, alias: str) -> None:
        self._folder = folder
        self._sink = DatabaseSink(alias)
        self._pause = PAUSE
        self._found = monotonic()
        self._bell = Bell()
        self._turn = Turn(self._sink.prepare_fork)
        os.register_at_fork(
            before=self._turn.hold_still,
            after_in_parent=self._turn.go_on,
            after_in_child=self._leave_to_parent,
        )
        self._then: deque[tuple[str, Callable[[], None]]] = deque()

    def look_before(self, task_uuid: str, act: Callable[[], None]) -> None:
        """Look now, until what a dying process said of a task is stored, and do something then.

        Args:
            task_uuid: the task's id, as it is stored.
            act: called in the thread that looks, whether or not it found anything; where the process ends
                before, there and then. A second call must change nothing.
        """
        self._then.append((task_uuid, act))
        self._bell.ring()

    def run(self) -> None:
        """Look again and again; errors are reported, and the journals are kept for the next look."""
        while True:
            then = self._then.copy()
            self._try(self._look)
            for task_uuid, act in then:
                self._try(partial(self._await_death, task_uuid))
                self._try(partial(self._undisturbed, act))
                self._then.popleft()
            self._bell.wait(0 if self._then else self._pause)

    def act_now(self) -> None:
        """Do all that waits, because the process ends; the thread may do it once more."""
        for _, act in self._then.copy():
            self._try(act)

    def _leave_to_parent(self) -> None:
        self._then.clear()
        self._sink.abandon()
        self._turn.go_on()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
            self._pause = PAUSE
        except BaseException as error:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            _report(error)

    def _look(self) -> None:
        end = monotonic() + LONGEST_PAUSE
        while (found := self._recovered()) is None and monotonic() < end:
            self._bell.wait(MOMENT)
        if found:
            self._found = monotonic()
            self._undisturbed(TreeCounts(self._sink).attend)
        elif monotonic() - self._found > IDLE:
            self._undisturbed(self._sink.rest)

    def _recovered(self) -> int | None:
        return self._undisturbed(lambda: recover(self._sink, self._folder))

    def _undisturbed(self, act: Callable[[], T]) -> T:
        """Do something while no process is forked."""
        with self._turn:
            return act()

    def _await_death(self, task_uuid: str) -> None:
        end = monotonic() + DYING
        while is_spoken_of(task_uuid, self._folder) and monotonic() < end:
            self._bell.wait(MOMENT)
            self._look()


def _report(error: BaseException) -> None:
    try:
        guard.report(error, "recover what a process left that has died; it is kept and stored later")
    except BaseException:
        # A loud guard raises, in tests; the thread has to live on.
        return
