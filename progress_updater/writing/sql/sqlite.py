"""SQLite: an insert takes as many rows as its parameters allow."""

import sqlite3
from typing import Final

from progress_updater.writing.sql.dialect import Dialect

MOST_ROWS: Final = 500  # the driver keeps the last 128 statements, each as long as it has rows


class SQLite(Dialect):
    """Many rows in one statement, for the driver gives the GIL away at each.

    A thread that computes keeps it for 5 ms: row by row, a flush of 10,000 steps took a minute beside it.
    """

    def most_rows(self, width: int) -> int:
        """Tell how many rows of so many values the database takes in one statement."""
        parameters: int = self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        return max(1, min(MOST_ROWS, parameters // width))
