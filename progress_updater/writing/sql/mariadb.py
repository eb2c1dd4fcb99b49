"""MariaDB and MySQL: other words for the old and the new row, and no condition on an upsert."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models

from progress_updater.writing.sql.dialect import Dialect, Rows


class MariaDB(Dialect):
    """Also MySQL: no conflict target, no condition on an update, other words for the old and the new row."""

    lock = "FOR UPDATE"

    def alias_old(self) -> str:
        """Name nothing: a bare column is that of the row that is there already."""
        return ""

    def old(self, name: str) -> str:
        """Refer to a column of the row that is there already."""
        return self.quote(name)

    def new(self, name: str) -> str:
        """Refer to a column of the row that was to be inserted."""
        return f"VALUES({self.quote(name)})"

    def on_conflict(self, *key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return "ON DUPLICATE KEY UPDATE"

    def do_nothing(self, *key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON DUPLICATE KEY UPDATE {self.quote('id')} = {self.quote('id')}"

    def assign_judged(self, condition: str, values: Callable[[str], dict[str, str]]) -> str:
        """List assignments of expressions, with the condition in each."""
        return self.assign(values(condition))

    def assign_if_newer(self, values: dict[str, str]) -> str:
        """List assignments that are made only where n, one of the columns, grows."""
        newer = f"{self.old('n')} < {self.new('n')}"
        # An assignment sees those before it: n, which the others compare, comes last.
        names = [*(name for name in values if name != "n"), "n"]
        return self.assign({name: f"IF({newer}, {values[name]}, {self.old(name)})" for name in names})

    def insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        """Insert rows; the driver puts as many into a statement as a packet holds."""
        cursor.executemany(
            f"INSERT INTO {self.table(model)} ({self.columns(names)}) "
            f"VALUES ({', '.join(['%s'] * len(names))}) {known}",
            rows,
        )

    def update_from(
        self,
        cursor: Any,
        model: type[models.Model],
        key: str,
        source: tuple[str, list[Any]],
        values: tuple[dict[str, str], list[Any]],
    ) -> None:
        """Change rows by what a query has worked out for them: here by a join."""
        assigned = ", ".join(f"old.{self.quote(name)} = {value}" for name, value in values[0].items())
        cursor.execute(
            f"UPDATE {self.table(model)} AS old JOIN ({source[0]}) AS counted "
            f"ON old.{self.quote(key)} = counted.{self.quote(key)} SET {assigned}",
            [*source[1], *values[1]],
        )

    def delete_some(
        self, cursor: Any, model: type[models.Model], name: str, values: Sequence[Any], most: int
    ) -> int:
        """Delete rows; with a subquery MariaDB would read the whole table."""
        condition = self.is_one_of(name, values)
        cursor.execute(f"DELETE FROM {self.table(model)} WHERE {condition} LIMIT {most}", values)
        return int(cursor.rowcount)

    def fetched(
        self,
        cursor: Any,
        model: type[models.Model],
        statement: str,
        parameters: list[Any],
        names: tuple[str, ...],
        keys: list[Any],
    ) -> Iterable[Any]:
        """Run a statement that makes or changes rows; MySQL has to ask for them afterwards."""
        if getattr(self.connection, "mysql_is_mariadb", False):
            return super().fetched(cursor, model, statement, parameters, names, keys)
        cursor.execute(statement, parameters)
        cursor.execute(
            f"SELECT {self.columns(names)} FROM {self.table(model)} "
            f"WHERE {self.quote(names[0])} IN ({', '.join(['%s'] * len(keys))})",
            keys,
        )
        rows: Iterable[Any] = cursor.fetchall()
        return rows
