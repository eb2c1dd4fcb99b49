"""Make and change attempts."""

from typing import Any

from progress_updater import states
from progress_updater.models import Attempt
from progress_updater.writing.sql.dialect import Dialect, Rows
from progress_updater.writing.values import ATTEMPT


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
    row = f"({', '.join(['%s'] * len(ATTEMPT))}, {_next_number(dialect)})"
    statement = (
        f"INSERT INTO {dialect.table(Attempt)} {dialect.alias_old()} "
        f"({dialect.columns((*ATTEMPT, 'number'))}) "
        f"VALUES {', '.join([row] * len(rows))} {dialect.on_conflict('run')} {_assignments(dialect)}"
    )
    parameters = [value for row in rows for value in (*row, row[ATTEMPT.index("task_log_id")])]
    keys = [row[ATTEMPT.index("run")] for row in rows]
    return dict(dialect.fetched(cursor, Attempt, statement, parameters, ("run", "id"), keys))


def _next_number(dialect: Dialect) -> str:
    """Count the attempts of a log; its lock keeps others from counting meanwhile."""
    number, table = dialect.quote("number"), dialect.table(Attempt)
    highest = f"SELECT MAX({number}) AS highest FROM {table} WHERE {dialect.quote('task_log_id')} = %s"
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
