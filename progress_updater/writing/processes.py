"""The rows of processes: who runs which attempts, and was heard of when."""

from collections.abc import Iterable
from math import inf
from time import monotonic, time
from typing import Any, Final, NamedTuple, cast

from progress_updater import clock, states
from progress_updater.models import Attempt, Process, TaskLog
from progress_updater.recording.guard import guard
from progress_updater.recording.process import ProcessIdentity
from progress_updater.settings import current
from progress_updater.writing.moments import moment_for
from progress_updater.writing.sql import Dialect
from progress_updater.writing.values import NAME_LENGTH

MOST: Final = 100  # attempts that are looked at in one go
LOOKED_BACK: Final = (
    24 * 60 * 60
)  # seconds since a task was lost in which those are looked for that wait for it


class Overdue(NamedTuple):
    """An attempt that one has to do something about."""

    run: str
    state: str
    """STARTED: its process is silent. LOST: it was taken for lost, and belongs to this process. REVOKED:
    somebody wants it to stop, and it belongs to this process. PENDING: it is lost for long, and others wait
    for it."""
    task_uuid: str


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

    @staticmethod
    def overdue(
        dialect: Dialect, cursor: Any, process: ProcessIdentity, silent_for: float | None
    ) -> list[Overdue]:
        """Find attempts whose process is silent, and those of this process that were lost or cancelled.

        Args:
            dialect: of the database.
            cursor: of the open transaction.
            process: this process.
            silent_for: seconds after which a process is silent; None to look for one's own alone.

        Returns:
            Some of them.
        """
        statement = _own_lost(dialect)
        parameters: list[Any] = [process.token]
        if silent_for is not None:
            statement = f"{statement} UNION ALL {_silent(dialect)}"
            parameters.append(silent_for)
        # Late, for a run that does not listen is found each time: the others have to come first.
        statement = f"{statement} UNION ALL {_own_cancelled(dialect)}"
        parameters.append(process.token)
        if silent_for is not None:
            # Last, for the same reason: others may wait for something else than the lost task.
            statement = f"{statement} UNION ALL {_lost_for_long(dialect)}"
            moment, now = moment_for(dialect.connection), time()
            parameters += [moment(now - LOOKED_BACK), moment(now - silent_for)]
        cursor.execute(f"{statement} LIMIT {MOST}", parameters)
        rows: Iterable[Any] = cursor.fetchall()
        return [Overdue(*row) for row in rows]


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


def _silent(dialect: Dialect) -> str:
    quote = dialect.quote
    return (
        f"SELECT attempt.{quote('run')}, attempt.{quote('state')}, log.{quote('task_uuid')} "
        f"FROM {dialect.table(Attempt)} attempt "
        f"JOIN {dialect.table(Process)} process ON process.{quote('id')} = attempt.{quote('process_id')} "
        f"JOIN {dialect.table(TaskLog)} log ON log.{quote('id')} = attempt.{quote('task_log_id')} "
        f"WHERE attempt.{quote('state')} = '{states.STARTED}' AND {silence(dialect)} > %s"
    )


def _own_lost(dialect: Dialect) -> str:
    quote = dialect.quote
    return (
        f"SELECT {quote('run')}, {quote('state')}, '' FROM {dialect.table(Attempt)} "
        f"WHERE {quote('state')} = '{states.LOST}' AND {quote('process_id')} = "
        f"(SELECT {quote('id')} FROM {dialect.table(Process)} WHERE {quote('token')} = %s)"
    )


def _lost_for_long(dialect: Dialect) -> str:
    quote, log = dialect.quote, dialect.table(TaskLog)
    waiting = (
        f"SELECT 1 FROM {log} waiting WHERE waiting.{quote('tree')} = log.{quote('tree')} "
        f"AND waiting.{quote('state')} = '{states.PENDING}' AND waiting.{quote('queued')} IS NULL"
    )
    return (
        f"SELECT log.{quote('run')}, '{states.PENDING}', log.{quote('task_uuid')} FROM {log} log "
        f"WHERE log.{quote('state')} = '{states.LOST}' AND log.{quote('end')} > %s "
        f"AND log.{quote('end')} < %s AND EXISTS ({waiting})"
    )


def _own_cancelled(dialect: Dialect) -> str:
    quote = dialect.quote
    return (
        f"SELECT attempt.{quote('run')}, '{states.REVOKED}', log.{quote('task_uuid')} "
        f"FROM {dialect.table(Attempt)} attempt "
        f"JOIN {dialect.table(TaskLog)} log ON log.{quote('id')} = attempt.{quote('task_log_id')} "
        f"WHERE attempt.{quote('state')} = '{states.STARTED}' AND log.{quote('cancel_requested')} "
        f"AND attempt.{quote('process_id')} = "
        f"(SELECT {quote('id')} FROM {dialect.table(Process)} WHERE {quote('token')} = %s)"
    )


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
