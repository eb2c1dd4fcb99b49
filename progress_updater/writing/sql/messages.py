"""Add lines, and remove those that others replace."""

from typing import Any, Final

from progress_updater.models import Message
from progress_updater.writing.columns import MESSAGE
from progress_updater.writing.sql.dialect import Dialect, Rows

KEYS_A_DELETE: Final = 200  # SQLite takes no expression that is 1,000 conditions deep


def insert_messages(dialect: Dialect, cursor: Any, rows: Rows) -> None:
    """Add lines; those that are there already stay as they are.

    Args:
        dialect: of the database.
        cursor: of the open transaction, in which their logs are locked.
        rows: values of the columns MESSAGE.
    """
    dialect.insert(cursor, Message, MESSAGE, rows, dialect.do_nothing("attempt_id", "n"))


def delete_messages(dialect: Dialect, cursor: Any, keys: list[tuple[int, int]]) -> None:
    """Remove lines that others replace; a key is (id of the attempt, n)."""
    condition = f"({dialect.quote('attempt_id')} = %s AND {dialect.quote('n')} = %s)"
    for start in range(0, len(keys), KEYS_A_DELETE):
        portion = keys[start : start + KEYS_A_DELETE]
        cursor.execute(
            f"DELETE FROM {dialect.table(Message)} WHERE {' OR '.join([condition] * len(portion))}",
            [value for key in portion for value in key],
        )
