"""The rows of processes: who runs which attempts, and was heard of when."""

from math import inf
from time import monotonic
from typing import Any, cast

from progress_updater import clock, states
from progress_updater.models import Attempt, Process, TaskLog
from progress_updater.recording.guard import guard
from progress_updater.recording.process import ProcessIdentity
from progress_updater.settings import current
from progress_updater.writing.sql import Dialect
from progress_updater.writing.values import NAME_LENGTH


class Processes:
    """Keep the row of this process.

    Attributes:
        beaten: the monotonic clock when it was heard of last.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Look everything up again: a transaction was rolled back, or the process has forked."""
        self._ids: dict[str, int] = {}
        self.beaten = -inf

    def id_of(self, dialect: Dialect, cursor: Any, process: ProcessIdentity) -> int | None:
        """Find the row of a process that begins a run, or make it.

        Args:
            dialect: of the database.
            cursor: of the open transaction.
            process: this process.

        Returns:
            The key of the row, which is not silent from now on; None where it cannot be made.
        """
        if process.token not in self._ids or monotonic() - self.beaten > 1.5 * current().HEARTBEAT:
            self._make(dialect, cursor, process)
        return self._ids.get(process.token)

    def _make(self, dialect: Dialect, cursor: Any, process: ProcessIdentity) -> None:
        """Make or renew the row; where that fails, everything else is stored all the same."""
        before = cast(str, dialect.connection.savepoint())
        try:
            self._ids[process.token] = _upsert(dialect, cursor, process)
        except Exception as error:
            dialect.connection.savepoint_rollback(before)
            guard.report(error, "say that this process is alive")
        else:
            dialect.connection.savepoint_commit(before)
            self.beaten = monotonic()

    def beat(self, dialect: Dialect, cursor: Any, process: ProcessIdentity) -> bool:
        """Say that this process is alive.

        Returns:
            False where somebody has deleted its row.
        """
        quote, now = dialect.quote, clock.now(dialect.connection.vendor)
        cursor.execute(
            f"UPDATE {dialect.table(Process)} SET {quote('heartbeat')} = {now} WHERE {quote('token')} = %s",
            [process.token],
        )
        self.beaten = monotonic()
        return bool(cursor.rowcount)


def _upsert(dialect: Dialect, cursor: Any, process: ProcessIdentity) -> int:
    now, quote = clock.now(dialect.connection.vendor), dialect.quote
    statement = (
        f"INSERT INTO {dialect.table(Process)} ({dialect.columns(('token', 'host', 'pid', 'started'))}) "
        f"VALUES (%s, %s, %s, {now}) {dialect.on_conflict('token')} {quote('heartbeat')} = {now}"
    )
    parameters = [process.token, process.host[:NAME_LENGTH], process.pid]
    fetched = dialect.fetched(cursor, Process, statement, parameters, ("token", "id"), [process.token])
    found: dict[str, int] = dict(fetched)
    return found[process.token]


def silence(dialect: Dialect, process: str = "process") -> str:
    """Give the SQL of the seconds for which a process was not heard of.

    Args:
        dialect: of the database.
        process: the alias of its row.

    Returns:
        An expression.
    """
    heartbeat, started = dialect.quote("heartbeat"), dialect.quote("started")
    return clock.age(dialect.connection.vendor, f"COALESCE({process}.{heartbeat}, {process}.{started})")


def mark_stalled(dialect: Dialect, cursor: Any, run: str, stalled: str) -> None:
    """Say that a run has not changed for long: a visible change of its task.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        run: the run, which goes on.
        stalled: JSON.
    """
    quote, attempt = dialect.quote, dialect.table(Attempt)
    cursor.execute(
        f"UPDATE {dialect.table(TaskLog)} SET {quote('seq')} = {quote('seq')} + 1 WHERE {quote('id')} = "
        f"(SELECT {quote('task_log_id')} FROM {attempt} WHERE {quote('run')} = %s)",
        [run],
    )
    cursor.execute(
        f"UPDATE {attempt} SET {quote('stalled')} = %s WHERE {quote('run')} = %s "
        f"AND {quote('state')} = '{states.STARTED}'",
        [stalled, run],
    )
