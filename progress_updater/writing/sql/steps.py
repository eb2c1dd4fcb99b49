"""Make and change steps."""

from typing import Any, Final

from progress_updater.models import Step
from progress_updater.writing.columns import STEP
from progress_updater.writing.sql.dialect import Dialect, Rows

KEPT: Final = ("task_log_id", "attempt_id", "number", "parent", "name", "opened_seq")
"""Columns of a step that do not change once it is there."""


def upsert_steps(dialect: Dialect, cursor: Any, rows: Rows) -> None:
    """Make or change steps; an older change never overwrites a newer one.

    Args:
        dialect: of the database.
        cursor: of the open transaction, in which their logs are locked.
        rows: values of the columns STEP.
    """
    known = f"{dialect.on_conflict('attempt_id', 'number')} {_assignments(dialect)}"
    dialect.insert(cursor, Step, STEP, rows, known)


def _assignments(dialect: Dialect) -> str:
    old, new = dialect.old, dialect.new
    # A planned step appears a second time, when it begins. On MariaDB this reads start before it is assigned.
    opened = f"CASE WHEN {old('start')} IS NULL THEN {new('opened_seq')} ELSE {old('opened_seq')} END"
    changes = {name: new(name) for name in STEP if name not in KEPT}
    return dialect.assign_if_newer({"opened_seq": opened, **changes})
