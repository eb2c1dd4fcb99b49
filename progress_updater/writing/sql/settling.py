"""End what cannot end itself, for whoever declares how a task ended."""

from typing import Any

from progress_updater import states
from progress_updater.models import Attempt, Step, TaskLog
from progress_updater.writing.sql.dialect import Dialect


def has_begun_anew(dialect: Dialect, cursor: Any, task_uuid: str, since: Any) -> bool | None:
    """Tell whether an attempt of a task began after a moment, and lock its log.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        task_uuid: the task's id, as it is stored.
        since: the moment.

    Returns:
        None where nothing is known of the task.
    """
    start, run, uuid = map(dialect.quote, ("start", "run", "task_uuid"))
    cursor.execute(
        f"SELECT CASE WHEN newest.{start} > %s THEN 1 ELSE 0 END FROM {dialect.table(TaskLog)} log "
        f"LEFT JOIN {dialect.table(Attempt)} newest ON newest.{run} = log.{run} "
        f"WHERE log.{uuid} = %s {dialect.lock}",
        [since, task_uuid],
    )
    row = cursor.fetchone()
    return None if row is None else bool(row[0])


def is_waiting(dialect: Dialect, cursor: Any, task_uuid: str) -> bool:
    """Tell whether a task is known and has neither begun nor ended, and lock its log.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        task_uuid: the task's id, as it is stored.
    """
    return _locked_state(dialect, cursor, task_uuid) == states.PENDING


def goes_on(dialect: Dialect, cursor: Any, task_uuid: str) -> bool:
    """Tell whether a task has begun and not ended, and lock its log.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        task_uuid: the task's id, as it is stored.
    """
    state = _locked_state(dialect, cursor, task_uuid)
    return state is not None and states.goes_on(state)


def _locked_state(dialect: Dialect, cursor: Any, task_uuid: str) -> str | None:
    state, uuid = map(dialect.quote, ("state", "task_uuid"))
    cursor.execute(
        f"SELECT log.{state} FROM {dialect.table(TaskLog)} log WHERE log.{uuid} = %s {dialect.lock}",
        [task_uuid],
    )
    row = cursor.fetchone()
    return None if row is None else row[0]


def settle(dialect: Dialect, cursor: Any, run: str, seq: int, values: dict[str, Any]) -> None:
    """End an attempt, and its open steps, unless they have ended; LOST is no end where one knows better.

    Args:
        dialect: of the database.
        cursor: of the open transaction, in which the log is locked.
        run: the run of the attempt.
        seq: the place of this change in the log's cursor.
        values: state, end and failure.
    """
    quote, attempt = dialect.quote, dialect.table(Attempt)
    state, start, end = map(quote, ("state", "start", "end"))
    goes_on = f"({end} IS NULL OR {state} = '{states.LOST}')"
    cursor.execute(
        f"UPDATE {dialect.table(Step)} "
        f"SET {state} = %s, {end} = COALESCE({end}, %s), {quote('seq')} = %s "
        f"WHERE {goes_on} AND {start} IS NOT NULL AND {quote('attempt_id')} IN "
        f"(SELECT {quote('id')} FROM {attempt} WHERE {quote('run')} = %s AND {goes_on})",
        [values["state"], values["end"], seq, run],
    )
    cursor.execute(
        f"UPDATE {attempt} SET {state} = %s, {end} = COALESCE({end}, %s), {quote('failure')} = %s "
        f"WHERE {quote('run')} = %s AND {goes_on}",
        [*values.values(), run],
    )
