"""Write to the tables, on a connection of the writer's own."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, NoReturn, TypeVar

from django.db import DEFAULT_DB_ALIAS

from progress_updater.recording.changes import LogChange, RunChange
from progress_updater.recording.guard import guard
from progress_updater.recording.lines import GAP
from progress_updater.writing.cancelling import tell_cancelled
from progress_updater.writing.connection import OwnConnection
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.poison import UNKNOWN, defused, parts
from progress_updater.writing.processes import Processes
from progress_updater.writing.refusal import is_refusal, lacks_tables, was_deadlock
from progress_updater.writing.sql import Dialect, dialect_of
from progress_updater.writing.store import Attempts, store_changes
from progress_updater.writing.trees import Touched

T = TypeVar("T")


DEADLOCKS: Final = 3
"""How often a transaction is repeated at once that the database has undone for another one's sake."""


class DatabaseSink:
    """Write all changes of a flush in one transaction; set aside what the database refuses.

    Args:
        alias: the database.

    Attributes:
        processes: keeps the row of this process.
        running: the runs of this process that go on, by their token: the monotonic clock when something new
            of them was stored.
        touched: the trees whose tasks have changed.
        gaps: how many lines this process has stored that stand for others which could not be kept.
    """

    def __init__(self, alias: str) -> None:
        self._connection = OwnConnection(alias)
        self._attempts: Attempts = {}
        self._writes = 0
        self._complete: Callable[[Dialect, Any], object] | None = None
        self.processes = Processes()
        self.running: dict[str, float] = {}
        self.touched = Touched()
        self.gaps = 0

    def store(
        self, changes: list[LogChange], complete: Callable[[Dialect, Any], object] | None = None
    ) -> None:
        """Write the rows.

        Args:
            changes: of one or more tasks.
            complete: what else belongs into each of the transactions; it may be repeated.

        Raises:
            StoreLater: the database is away, or takes nothing; nothing is lost.
        """
        self._writes, self._complete = 0, complete
        hopeless = list(self._store_parts(changes))
        if hopeless and not self._writes:
            raise StoreLater(self._what_to_do(hopeless[0])) from hopeless[0]
        for error in hopeless:
            guard.report(error, "store a record at all, because the database refuses its id; it is left out")

    def _store_parts(self, changes: list[LogChange]) -> Iterator[Exception]:
        """Store what the database takes, and yield why it takes nothing of a record."""
        try:
            self._write(changes)
        except Exception as error:
            self._put_off_unless_refused(error)
            if len(changes) == 1 and not self._takes_log(changes[0]):
                yield error
                return
            pieces = parts(changes)
            if not pieces:
                self._store_defused(changes[0], error)
            for piece in pieces:
                yield from self._store_parts(piece)

    def _takes_log(self, change: LogChange) -> bool:
        if change.identity is not UNKNOWN:
            try:
                self._write([LogChange(task_uuid=change.task_uuid, identity=UNKNOWN, events=1)])
            except Exception as error:
                self._put_off_unless_refused(error)
                return False
        return True

    def _store_defused(self, change: LogChange, error: Exception) -> None:
        try:
            self._write([defused(change)])
        except Exception as second:
            # Nothing in it could be refused now: the table takes no row at all.
            self._put_off(second)
        guard.report(error, "store a row, because the database refuses it; a gap takes its place")

    def _put_off_unless_refused(self, error: Exception) -> None:
        if not is_refusal(error):
            self._put_off(error)

    def _put_off(self, error: Exception) -> NoReturn:
        self._connection.close()
        raise StoreLater(self._what_to_do(error)) from error

    def _what_to_do(self, error: Exception) -> str:
        first_line, alias = str(error).partition("\n")[0], self._connection.alias
        if not lacks_tables(error):
            return first_line
        there = "" if alias == DEFAULT_DB_ALIAS else f" --database {alias}"
        return f"{first_line} (are the tables there? Run: manage.py migrate{there})"

    def _write(self, changes: list[LogChange]) -> None:
        for _ in range(DEADLOCKS):
            try:
                self._write_once(changes)
            except Exception as error:
                if not was_deadlock(error):
                    raise
            else:
                return
        self._write_once(changes)

    def _write_once(self, changes: list[LogChange]) -> None:
        trees: set[str] = set()
        try:
            with self._connection.transaction() as connection:
                cancelled = store_changes(connection, changes, self._attempts, self.processes, trees)
                if self._complete is not None:
                    with connection.cursor() as cursor:
                        self._complete(dialect_of(connection), cursor)
        except BaseException:
            # What was looked up inside the transaction is undone with it.
            self._attempts.clear()
            self.processes.forget()
            raise
        self._writes += 1
        self.touched.add(trees)
        tell_cancelled(cancelled)
        for change in changes:
            if change.run is not None:
                self._note(change.run)

    def _note(self, run: RunChange) -> None:
        self.gaps += sum(line.source == GAP for line in run.messages)
        if run.attempt.end is not None:
            self._attempts.pop(run.run, None)
            self.running.pop(run.run, None)
        elif run.attempt.process is not None:
            self.running[run.run] = monotonic()

    def ask(self, work: Callable[[Dialect, Any], T]) -> T:
        """Do something else on the same connection, in a transaction of its own.

        Args:
            work: takes the dialect and a cursor; it may be repeated.

        Returns:
            What it returns.

        Raises:
            StoreLater: the database is away.
        """
        try:
            with self._connection.transaction() as connection, connection.cursor() as cursor:
                return work(dialect_of(connection), cursor)
        except Exception as error:
            self.processes.forget()
            self._put_off(error)

    def look_up_again(self, run: str | None = None) -> None:
        """Write the attempt of a run anew with its next change, or those of all runs."""
        if run is None:
            self._attempts.clear()
        self._attempts.pop(run or "", None)

    def rest(self) -> None:
        """Close the connection of a quiet process."""
        self._connection.close()

    def prepare_fork(self) -> None:
        """Close a connection that cannot be inherited."""
        self._connection.prepare_fork()

    def abandon(self) -> None:
        """Leave the connection to the parent process, in a forked child."""
        self._connection.abandon()
        self._attempts = {}
        self.processes = Processes()
        self.running = {}
        self.touched = Touched()
        self.gaps = 0
