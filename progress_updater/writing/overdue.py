"""What a process finds at its heartbeat that somebody has to do something about."""

from collections.abc import Iterable
from time import time
from typing import Any, Final, NamedTuple

from progress_updater import states
from progress_updater.models import Attempt, Process, TaskLog, TaskTree
from progress_updater.recording.process import ProcessIdentity
from progress_updater.writing.moments import moment_for
from progress_updater.writing.processes import silence
from progress_updater.writing.sql import Dialect

MOST: Final = 100  # attempts that are looked at in one go
LOOKED_BACK: Final = 24 * 60 * 60
"""Seconds since a task was lost in which those are looked for that wait for it."""


class Overdue(NamedTuple):
    """An attempt that one has to do something about."""

    run: str
    """Of one that others wait for, their tree."""
    state: str
    """STARTED: its process is silent. LOST: it was taken for lost, and belongs to this process. REVOKED:
    somebody wants it to stop, and it belongs to this process. PENDING: it is lost for long, and others wait
    for it."""
    task_uuid: str


def overdue_attempts(
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
    # One of each tree: a tree is settled as a whole.
    quote, log, tree = dialect.quote, dialect.table(TaskLog), dialect.quote("tree")
    lost = (
        f"SELECT {tree}, MIN({quote('task_uuid')}) AS one FROM {log} "
        f"WHERE {quote('state')} = '{states.LOST}' AND {quote('end')} > %s AND {quote('end')} < %s "
        f"AND {tree} IS NOT NULL GROUP BY {tree}"
    )
    waiting = (
        f"SELECT 1 FROM {log} waiting WHERE waiting.{tree} = lost.{tree} "
        f"AND waiting.{quote('state')} = '{states.PENDING}' AND waiting.{quote('queued')} IS NULL"
    )
    is_done = (
        f"SELECT 1 FROM {dialect.table(TaskTree)} done WHERE done.{quote('key')} = lost.{tree} "
        f"AND done.{quote('done')} >= done.{quote('tasks')}"
    )
    return (
        f"SELECT lost.{tree}, '{states.PENDING}', lost.one FROM ({lost}) AS lost "
        f"WHERE NOT EXISTS ({is_done}) AND EXISTS ({waiting})"
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
