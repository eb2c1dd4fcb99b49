"""Delete logs that are older than the settings keep them, batch by batch, one process at a time.

A process looks once a minute; where a batch was full, it comes again a second later and keeps its turn.
"""

import os
from math import inf
from random import random
from time import monotonic
from typing import Any, Final

from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.upkeep.expiry import days_kept, expired_logs
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sql import Dialect
from progress_updater.writing.sql.deletion import LOGS, delete_some_logs
from progress_updater.writing.sql.upkeep import delete_processes, takes_turn

PAUSE: Final = 60.0  # seconds between two turns of all processes together
SOON: Final = 1.0  # seconds between two batches of one turn
DAY: Final = 24 * 60 * 60  # seconds


class Retention:
    """A duty of the writer of a process in which tasks run.

    Args:
        sink: on whose connection.
    """

    has_tasks = False

    def __init__(self, sink: DatabaseSink) -> None:
        self._sink = sink
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        # Where processes live for seconds only, one of them comes to look nevertheless.
        self._next = monotonic() + PAUSE * random()  # noqa: S311 (no secret)
        self._looked_at = 0
        self._goes_on = False

    def pause(self) -> float | None:
        """Return 0 where it is time to look; else None, unless a turn goes on."""
        if self._process != os.getpid():
            self._begin()
        has_run_tasks = self._sink.processes.beaten > -inf
        if not has_run_tasks or not current().KEEP:
            return None
        remaining = max(0.0, self._next - monotonic())
        return remaining if self._goes_on or not remaining else None

    def hurry(self) -> bool:
        """Leave it to the next process."""
        return False

    def attend(self) -> None:
        """Delete one batch, unless another process has done so within the minute."""
        # Half of it: a turn that another process has taken meanwhile is left to that one.
        pause = SOON / 2 if self._goes_on else PAUSE
        self._next, self._goes_on = monotonic() + PAUSE, False
        try:
            if self._sink.ask(lambda dialect, cursor: takes_turn(dialect, cursor, pause)):
                is_full = self._sink.ask(self._delete_logs)
                self._sink.ask(self._delete_processes)
                if is_full:
                    self._next, self._goes_on = monotonic() + SOON, True
        except Exception as error:
            guard.report(error, "delete old logs; it is tried again later")

    @staticmethod
    def _delete_logs(dialect: Dialect, cursor: Any) -> bool:
        most, is_full = LOGS, False
        for logs in expired_logs():
            if most:
                deleted = delete_some_logs(dialect, cursor, logs, most)
                most -= deleted.logs
                is_full = is_full or deleted.is_full
        return is_full

    def _delete_processes(self, dialect: Dialect, cursor: Any) -> None:
        longest = max(days_kept().values(), default=None)
        if longest is not None:
            silent_for = longest * DAY
            self._looked_at = delete_processes(dialect, cursor, silent_for, self._looked_at)
