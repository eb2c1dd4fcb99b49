"""PostgreSQL: an insert takes its rows as arrays, one for each column.

A parameter for each value would have to be parsed each time, by the driver and by the server.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from progress_updater.writing.sql.dialect import Computed, Dialect, Rows, values_of


class PostgreSQL(Dialect):
    """Arrays carry many rows in one statement."""

    lock = "FOR UPDATE OF log"

    def insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        """Insert rows in one statement."""
        cursor.execute(
            f"INSERT INTO {self.table(model)} {self.alias_old()} ({self.columns(names)}) "
            f"SELECT * FROM {self._arrays_of(model, names)} {known}",
            _arrays(rows),
        )

    def source_of(
        self,
        model: type[models.Model],
        names: Sequence[str],
        rows: Rows,
        columns: Sequence[str],
        computed: Mapping[str, Computed],
    ) -> tuple[str, list[Any]]:
        """Write where the rows of an insert come from, and give the parameters of that."""

        def refer(name: str) -> str:
            return f"given.{self.quote(name)}"

        values = ", ".join(values_of(columns, computed, refer))
        source = f"SELECT {values} FROM {self._arrays_of(model, names)} AS given ({self.columns(names)})"
        return source, _arrays(rows)

    def _arrays_of(self, model: type[models.Model], names: Sequence[str]) -> str:
        types = {field.column: field.db_type(self.connection) for field in model._meta.local_fields}
        arrays = ", ".join(f"%s::{_plain_type(types[name])}[]" for name in names)
        return f"unnest({arrays})"


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
