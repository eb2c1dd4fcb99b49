"""PostgreSQL: an insert takes its rows as arrays, one for each column.

A parameter for each value would have to be parsed each time, by the driver and by the server.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from progress_updater.writing.sql.dialect import Computed, Dialect, Rows, values_of


class PostgreSQL(Dialect):
    """Arrays carry many rows in one statement."""

    lock = "FOR UPDATE OF log"

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
        types = {field.column: field.db_type(self.connection) for field in model._meta.local_fields}
        arrays = ", ".join(f"%s::{_plain_type(types[name])}[]" for name in names)
        return f"SELECT {values} FROM unnest({arrays}) AS given ({self.columns(names)})", _arrays(rows)


def _plain_type(declared: str | None) -> str:
    return "text" if declared is None or declared.startswith("varchar") else declared


def _arrays(rows: Rows) -> list[str]:
    # The driver writes a list as an array too, ten times slower.
    return ["{" + ",".join(_elements(column)) + "}" for column in zip(*rows, strict=True)]


def _elements(column: tuple[Any, ...]) -> Iterable[str]:
    # Most columns of a flush say nothing.
    return ["NULL"] * len(column) if column.count(None) == len(column) else map(_element, column)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
