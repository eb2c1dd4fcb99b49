"""Where a run was when its process could say no more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from progress_updater import states, wording
from progress_updater.models import Attempt, Step, TaskLog
from progress_updater.recording.changes import LogChange
from progress_updater.writing.sql import Dialect


def innermost_step(dialect: Dialect, cursor: Any, attempt_id: int) -> Sequence[Any] | None:
    """Find the step in which an attempt is, or was when it got lost.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        attempt_id: of the attempt.

    Returns:
        Number, name, current, total and unit; None where it is in no step.
    """
    quote = dialect.quote
    return _step(
        dialect,
        cursor,
        f"{quote('attempt_id')} = %s AND {quote('start')} IS NOT NULL "
        f"AND ({quote('end')} IS NULL OR {quote('state')} = '{states.LOST}') "
        f"ORDER BY {quote('number')} DESC LIMIT 1",
        [attempt_id],
    )


def _step(dialect: Dialect, cursor: Any, condition: str, parameters: list[Any]) -> Sequence[Any] | None:
    columns = dialect.columns(("number", "name", "current", "total", "unit"))
    cursor.execute(f"SELECT {columns} FROM {dialect.table(Step)} WHERE {condition}", parameters)
    found: Sequence[Any] | None = cursor.fetchone()
    return found


def located(dialect: Dialect, cursor: Any, change: LogChange) -> LogChange:
    """Complete a settlement of a task whose process was cut off: say in which step.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        change: with a settlement.

    Returns:
        The change; the same where the task is in no step.
    """
    end = change.settlement
    attempt_id = _newest_attempt(dialect, cursor, change.task_uuid)
    if end is None or end.failure is None or attempt_id is None:
        return change
    step = innermost_step(dialect, cursor, attempt_id) or _left_by_exit(dialect, cursor, attempt_id)
    if step is None:
        return change
    text = wording.cut_off(end.failure.text, step[1:])
    return replace(change, settlement=replace(end, failure=replace(end.failure, text=text, step=step[0])))


def _left_by_exit(dialect: Dialect, cursor: Any, attempt_id: int) -> Sequence[Any] | None:
    """Find the step in which a signal met the process, which closed its steps on the way out."""
    quote = dialect.quote
    cursor.execute(
        f"SELECT {quote('failure')} FROM {dialect.table(Step)} WHERE {quote('attempt_id')} = %s "
        f"AND {quote('state')} = '{states.FAILURE}' "
        f"ORDER BY {quote('end')} DESC, {quote('number')} DESC LIMIT 1",
        [attempt_id],
    )
    row = cursor.fetchone()
    failure = orjson.loads(row[0]) if row and row[0] else {}
    if failure.get("type") != SystemExit.__name__ or failure.get("step") is None:
        return None
    condition = f"{quote('attempt_id')} = %s AND {quote('number')} = %s"
    return _step(dialect, cursor, condition, [attempt_id, failure["step"]])


def _newest_attempt(dialect: Dialect, cursor: Any, task_uuid: str) -> int | None:
    quote = dialect.quote
    cursor.execute(
        f"SELECT attempt.{quote('id')} FROM {dialect.table(Attempt)} attempt "
        f"JOIN {dialect.table(TaskLog)} log ON log.{quote('run')} = attempt.{quote('run')} "
        f"WHERE log.{quote('task_uuid')} = %s",
        [task_uuid],
    )
    row = cursor.fetchone()
    return None if row is None else row[0]
