"""Bring the tables in line with the journal of a dead process, of which a part may be stored already."""

from typing import Any, Final

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.writing.journal.journaled_run import JournaledRun
from progress_updater.writing.journal.run_change import Known
from progress_updater.writing.moments import seconds_of
from progress_updater.writing.sql import Dialect

KNOWN: Final = tuple(Known._fields)


def known_runs(dialect: Dialect, cursor: Any, runs: list[JournaledRun]) -> dict[str, Known]:
    """Find the runs of which something is stored.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        runs: one or more.

    Returns:
        By run, what its log says now.
    """
    quote = dialect.quote
    found: dict[str, Known] = {}
    for portion in dialect.portions([run.run for run in runs], 1):
        cursor.execute(
            f"SELECT attempt.{quote('run')}, {', '.join(f'log.{quote(name)}' for name in KNOWN)} "
            f"FROM {dialect.table(Attempt)} attempt "
            f"JOIN {dialect.table(TaskLog)} log ON log.{quote('id')} = attempt.{quote('task_log_id')} "
            f"WHERE attempt.{quote('state')} <> '{states.PENDING}' "
            f"AND attempt.{dialect.is_one_of('run', portion)}",
            portion,
        )
        found |= {run: Known(*values) for run, *values in cursor.fetchall()}
    return found


def latest_starts(dialect: Dialect, cursor: Any, task_uuids: list[str]) -> dict[str, float]:
    """Find when tasks began the last time, as far as is stored.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        task_uuids: their ids, one or more.

    Returns:
        By id, seconds since the epoch; those that never began are left out.
    """
    quote = dialect.quote
    found: dict[str, float] = {}
    for portion in dialect.portions(task_uuids, 1):
        cursor.execute(
            f"SELECT log.{quote('task_uuid')}, attempt.{quote('start')} "
            f"FROM {dialect.table(TaskLog)} log JOIN {dialect.table(Attempt)} attempt "
            f"ON attempt.{quote('task_log_id')} = log.{quote('id')} "
            f"WHERE log.{dialect.is_one_of('task_uuid', portion)} "
            f"AND attempt.{quote('state')} <> '{states.PENDING}' ORDER BY attempt.{quote('start')}",
            portion,
        )
        found |= {uuid: seconds_of(start, dialect.connection) for uuid, start in cursor.fetchall()}
    return found


def put_right(dialect: Dialect, cursor: Any, runs: list[JournaledRun]) -> None:
    """Bring up to date what depends on all lines and steps of a run, after the last of them were stored.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        runs: those that were stored.
    """
    for run in runs:
        for attempt_id, log_id in _stored_attempt(dialect, cursor, run.run):
            _remove_replaced(dialect, cursor, attempt_id, run)
            _count_again(dialect, cursor, attempt_id, log_id, run.run)
            _close_steps_of_ended(dialect, cursor, attempt_id)
            if run.is_overtaken:
                _number_by_start(dialect, cursor, attempt_id)


def _stored_attempt(dialect: Dialect, cursor: Any, run: str) -> list[tuple[int, int]]:
    """Find the attempt of a run, and its log; there is one at the most."""
    quote, columns = dialect.quote, dialect.columns(("id", "task_log_id"))
    cursor.execute(f"SELECT {columns} FROM {dialect.table(Attempt)} WHERE {quote('run')} = %s", [run])
    rows: list[tuple[int, int]] = list(cursor.fetchall())
    return rows


def _remove_replaced(dialect: Dialect, cursor: Any, attempt_id: int, run: JournaledRun) -> None:
    newest = {line.replace: line.n for _, line in sorted(run.lines.items()) if line.replace is not None}
    attempt, replace, n = map(dialect.quote, ("attempt_id", "replace", "n"))
    for name, number in newest.items():
        cursor.execute(
            f"DELETE FROM {dialect.table(Message)} WHERE {attempt} = %s AND {replace} = %s AND {n} < %s",
            [attempt_id, name, number],
        )


def _count_again(dialect: Dialect, cursor: Any, attempt_id: int, log_id: int, run: str) -> None:
    """Bring the counts of a log up to date, if the run is its newest; no index knows the runs of logs."""
    quote, end = dialect.quote, dialect.quote("end")
    ended = f"FROM {dialect.table(Step)} WHERE {quote('attempt_id')} = %s AND {end} IS NOT NULL"
    said = (
        f"SELECT {quote('text')} FROM {dialect.table(Message)} WHERE {quote('attempt_id')} = %s "
        f"AND {quote('public')} AND {quote('source')} <> 'gap' ORDER BY {quote('n')} DESC LIMIT 1"
    )
    cursor.execute(
        f"UPDATE {dialect.table(TaskLog)} SET {quote('steps_done')} = (SELECT COUNT(*) {ended}), "
        f"{quote('steps_failed')} = (SELECT COUNT(*) {ended} AND {quote('state')} = '{states.FAILURE}'), "
        f"{quote('message')} = COALESCE(({said}), {quote('message')}) "
        f"WHERE {quote('id')} = %s AND {quote('run')} = %s",
        [attempt_id, attempt_id, attempt_id, log_id, run],
    )


def _close_steps_of_ended(dialect: Dialect, cursor: Any, attempt_id: int) -> None:
    """Close what is open in an attempt of which somebody has already said how it ended."""
    quote, attempt, step = dialect.quote, dialect.table(Attempt), dialect.table(Step)
    cursor.execute(
        f"SELECT {quote('state')}, {quote('end')} FROM {attempt} "
        f"WHERE {quote('id')} = %s AND {quote('end')} IS NOT NULL",
        [attempt_id],
    )
    ended = cursor.fetchone()
    if ended is not None:
        cursor.execute(
            f"UPDATE {step} SET {quote('state')} = %s, {quote('end')} = %s "
            f"WHERE {quote('attempt_id')} = %s AND {quote('end')} IS NULL AND {quote('start')} IS NOT NULL",
            [*ended, attempt_id],
        )


def _number_by_start(dialect: Dialect, cursor: Any, attempt_id: int) -> None:
    """Put an attempt that was stored late in its place among those of its log."""
    quote, attempt = dialect.quote, dialect.table(Attempt)
    log_id, number, state = map(quote, ("task_log_id", "number", "state"))
    cursor.execute(f"SELECT {log_id} FROM {attempt} WHERE {quote('id')} = %s", [attempt_id])
    (log,) = cursor.fetchone()
    cursor.execute(
        f"SELECT {quote('id')} FROM {attempt} WHERE {log_id} = %s ORDER BY {quote('start')}, {number}", [log]
    )
    in_order = [key for (key,) in cursor.fetchall()]
    # A number is there once at any moment.
    cursor.execute(f"UPDATE {attempt} SET {number} = -{number} WHERE {log_id} = %s", [log])
    for place, key in enumerate(in_order, 1):
        cursor.execute(f"UPDATE {attempt} SET {number} = %s WHERE {quote('id')} = %s", [place, key])
    cursor.execute(
        f"UPDATE {dialect.table(TaskLog)} SET {quote('attempts')} = (SELECT COUNT(*) FROM {attempt} "
        f"WHERE {log_id} = %s AND {state} <> '{states.PENDING}') WHERE {quote('id')} = %s",
        [log, log],
    )
