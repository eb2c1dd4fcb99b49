"""PostgreSQL: an insert takes its rows as arrays, one for each column in which they differ.

A parameter for each value would have to be parsed each time, by the driver and by the server.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.db import models

from progress_updater.writing.native import is_own_thread
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
        types = {
            field.column: _plain_type(field.db_type(self.connection)) for field in model._meta.local_fields
        }
        given = dict(zip(names, zip(*rows, strict=True), strict=True))
        differing = [name for name in names if not _is_one_value(given[name])]
        if not differing and len(rows) > 1:
            differing = list(names[:1])
        parameters: list[Any] = []

        def refer(name: str) -> str:
            if name in differing:
                return f"given.{self.quote(name)}"
            parameters.append(given[name][0])
            return f"%s::{types[name]}"

        values = ", ".join(values_of(columns, computed, refer))
        if not differing:
            return f"SELECT {values}", parameters
        arrays = ", ".join(f"%s::{types[name]}[]" for name in differing)
        source = f"SELECT {values} FROM unnest({arrays}) AS given ({self.columns(differing)})"
        return source, [*parameters, *(_array(given[name]) for name in differing)]

    @contextmanager
    def overlapping(self) -> Iterator[None]:
        """Let the database work on a statement that returns nothing while the next one is being written.

        What goes wrong in it is raised at the end of the block at the latest. An author's thread waits for
        each statement: a time limit that is raised there would wait for all of them, or be lost.
        """
        driver: Any = self.connection.connection
        if not (is_own_thread() and _has_pipelines(driver)):
            yield
            return
        pipeline = ExitStack()
        with self.connection.wrap_database_errors:
            pipeline.enter_context(driver.pipeline())
        try:
            yield
        except BaseException:
            # It is not told of the error, and what it says of it is dropped: it would log that each time.
            with suppress(Exception):
                pipeline.close()
            raise
        with self.connection.wrap_database_errors:
            pipeline.close()


def _has_pipelines(driver: Any) -> bool:
    if not hasattr(driver, "pipeline"):  # psycopg2
        return False
    from psycopg import Pipeline

    return Pipeline.is_supported()  # not by the libpq of PostgreSQL 13 and before


def _is_one_value(column: tuple[Any, ...]) -> bool:
    """Tell whether all rows have the same value; most columns of a flush do."""
    return column[0] == column[-1] and column.count(column[0]) == len(column)


def _plain_type(declared: str | None) -> str:
    return "text" if declared is None or declared.startswith("varchar") else declared


def _array(column: tuple[Any, ...]) -> str:
    # The driver writes a list as an array too, ten times slower.
    return "{" + ",".join(map(_element, column)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
