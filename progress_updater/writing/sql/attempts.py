"""Make and change attempts."""

from collections.abc import Callable
from functools import partial
from typing import Any

from progress_updater import states
from progress_updater.models import Attempt
from progress_updater.writing.columns import ATTEMPT
from progress_updater.writing.sql.dialect import Dialect, Rows


def upsert_attempts(dialect: Dialect, cursor: Any, rows: Rows) -> dict[str, int]:
    """Make or change attempts; a PENDING one changes nothing.

    Args:
        dialect: of the database.
        cursor: of the open transaction, in which their logs are locked.
        rows: values of the columns ATTEMPT, at most one row a log.

    Returns:
        By run, the ids of the rows.
    """
    found: dict[str, int] = {}
    for portion in dialect.portions(rows, len(ATTEMPT) + 1):
        found |= _upsert_attempts(dialect, cursor, portion)
    return found


def _upsert_attempts(dialect: Dialect, cursor: Any, rows: Rows) -> dict[str, int]:
    computed = {"number": partial(_next_number, dialect)}
    known = f"{dialect.on_conflict('run')} {_assignments(dialect)}"
    return dict(dialect.upserted(cursor, Attempt, ATTEMPT, rows, computed, known, ("run", "id")))


def _next_number(dialect: Dialect, refer: Callable[[str], str]) -> str:
    """Count the attempts of a log; its lock keeps others from counting meanwhile."""
    number, log_id = dialect.quote("number"), dialect.quote("task_log_id")
    stored = f"{dialect.table(Attempt)} stored WHERE stored.{log_id} = {refer('task_log_id')}"
    highest = f"SELECT MAX(stored.{number}) AS highest FROM {stored}"
    return f"(SELECT COALESCE(highest, 0) + 1 FROM ({highest}) AS numbers)"


def _assignments(dialect: Dialect) -> str:
    old, new = dialect.old, dialect.new
    told = {name: new(name) for name in ("state", "end", "failure")}
    # Who tells something has not stalled; who tells it for a dead process does not know which it was.
    told |= {"process_id": f"COALESCE({new('process_id')}, {old('process_id')})", "stalled": "NULL"}
    pending = f"{new('state')} = '{states.PENDING}'"
    return dialect.assign(
        {name: f"CASE WHEN {pending} THEN {old(name)} ELSE {value} END" for name, value in told.items()}
    )
