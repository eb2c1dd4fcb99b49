"""Where a test's records go: nowhere but memory, or to the tables on the test's own connection."""

import asyncio
from threading import RLock
from typing import Any, Final

from django.db import connections

from progress_updater.recording.changes import LogChange
from progress_updater.testing.database_record import record_in_database
from progress_updater.testing.memory_record import record_in_memory
from progress_updater.testing.memory_wholes import wholes_in_memory
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.inline import InlineSink
from progress_updater.writing.sinks.memory import MemorySink

DEADLINE: Final = 5.0  # seconds that a thread waits for another one that stores


class _Way(DirectWriter):
    """Let the threads of a test store one after the other, so that nothing waits that has ended."""

    def _empty(self) -> None:
        super()._empty()
        self._turn = RLock()

    def flush(self, seconds: float) -> bool:
        """Store all that was recorded so far; False when it could not be stored now."""
        if not self._turn.acquire(timeout=DEADLINE):
            return False
        try:
            return super().flush(seconds)
        finally:
            self._turn.release()

    def end(self) -> None:
        """Store what is left; the block is over."""
        self.flush(DEADLINE)


class MemoryWay(_Way):
    """Keep the records in memory."""

    sink: MemorySink

    def __init__(self) -> None:
        super().__init__(MemorySink(kept=None))
        self._wholes: dict[str, dict[str, Any]] = {}
        self._counted = 0

    def task_uuids(self) -> list[str]:
        """List the tasks that were recorded, in the order in which they came."""
        return list(self.sink.changes)

    def record(self, task_uuid: str, attempt: int | None = None) -> dict[str, Any] | None:
        """Show a record as it is now; None where there is nothing."""
        changes = self.sink.changes.get(task_uuid)
        if changes is None:
            return None
        return record_in_memory(task_uuid, list(changes), attempt, self._wholes_now())

    def _wholes_now(self) -> dict[str, dict[str, Any]]:
        """Count all trees, unless nothing has come since they were counted."""
        records = [list(changes) for changes in list(self.sink.changes.values())]
        if (count := sum(map(len, records))) != self._counted:
            self._counted, self._wholes = count, wholes_in_memory(records)
        return self._wholes


class DatabaseWay(_Way):
    """Write the records to the tables, inside the test's own transaction.

    Args:
        alias: the database.
    """

    sink: "_NotingSink"

    def __init__(self, alias: str) -> None:
        super().__init__(_NotingSink(alias))
        self._alias = alias
        # A test that may not use the database is told so here, and not by rows that are missing later.
        with connections[alias].cursor():
            self._home = connections[alias]
        self._is_over = False

    def flush(self, seconds: float) -> bool:
        """Store, unless it would not be rolled back with the test, or not be allowed where it runs."""
        return self._may_store_here() and super().flush(seconds)

    def _may_store_here(self) -> bool:
        if self._is_over or _is_in_event_loop():
            return False
        here = connections[self._alias]
        # Another thread stores only on a connection that it has, for it has to close it, too.
        return here is self._home or (here.connection is not None and not self._home.in_atomic_block)

    def end(self) -> None:
        """Store what is left; what is recorded from now on is no part of the test."""
        super().end()
        self._is_over = True

    def task_uuids(self) -> list[str]:
        """List the tasks that were recorded, in the order in which they came."""
        return list(self.sink.task_uuids)

    def record(self, task_uuid: str, attempt: int | None = None) -> dict[str, Any] | None:
        """Show a record as the tables hold it now; None where it was rolled back."""
        return record_in_database(task_uuid, attempt)


class _NotingSink(InlineSink):
    """Take note of the tasks of which something is stored."""

    def __init__(self, alias: str) -> None:
        super().__init__(alias)
        self.task_uuids: dict[str, None] = {}

    def store(self, changes: list[LogChange]) -> None:
        super().store(changes)
        self.task_uuids |= dict.fromkeys(change.task_uuid for change in changes if not change.only_tree)


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
