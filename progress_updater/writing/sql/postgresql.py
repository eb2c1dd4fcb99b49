"""PostgreSQL: an insert takes its rows as arrays, one for each column."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from progress_updater.writing.sql.dialect import Dialect, Rows


class PostgreSQL(Dialect):
    """Arrays carry many rows in one statement."""

    lock = "FOR UPDATE OF log"

    def insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        """Insert rows in one statement."""
        cursor.execute(
            f"INSERT INTO {self.table(model)} {self.alias_old()} ({self.columns(names)}) "
            f"{self._unnested(model, names)} {known}",
            _arrays(rows),
        )

    def _unnested(self, model: type[models.Model], names: Sequence[str]) -> str:
        types = {field.column: field.db_type(self.connection) for field in model._meta.local_fields}
        arrays = ", ".join(f"%s::{_plain_type(types[name])}[]" for name in names)
        return f"SELECT * FROM unnest({arrays})"


def _plain_type(declared: str | None) -> str:
    return "text" if declared is None or declared.startswith("varchar") else declared


def _arrays(rows: Rows) -> list[str]:
    # The driver writes a list as an array too, ten times slower.
    return ["{" + ",".join(map(_element, column)) + "}" for column in zip(*rows, strict=True)]


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
