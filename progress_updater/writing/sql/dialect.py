"""The grammar in which the statements are written, in the form that PostgreSQL and SQLite share."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
Rows = list[Row]

Computed = Callable[[Callable[[str], str]], str]
"""Gives the SQL of a value; what it is handed refers to another value of the same new row."""

PORTION: Final = 2_000  # rows in one statement: more would only take memory


class Dialect:
    """Write parts of statements as a database wants them.

    Args:
        connection: whose quoting and vendor count.

    Attributes:
        lock: what a SELECT ends with that locks the rows of the table with the alias "log".
    """

    lock = ""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name

    def table(self, model: type[models.Model]) -> str:
        """Quote a table's name."""
        return self.quote(model._meta.db_table)

    def columns(self, names: Iterable[str]) -> str:
        """Quote and list columns."""
        return ", ".join(map(self.quote, names))

    def alias_old(self) -> str:
        """Name the row that is there already."""
        return "AS old"

    def old(self, name: str) -> str:
        """Refer to a column of the row that is there already."""
        return f"old.{self.quote(name)}"

    def new(self, name: str) -> str:
        """Refer to a column of the row that was to be inserted."""
        return f"excluded.{self.quote(name)}"

    def on_conflict(self, *key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return f"ON CONFLICT ({self.columns(key)}) DO UPDATE SET"

    def do_nothing(self, *key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON CONFLICT ({self.columns(key)}) DO NOTHING"

    def assign(self, values: dict[str, str]) -> str:
        """List assignments of expressions to columns."""
        return ", ".join(f"{self.quote(name)} = {value}" for name, value in values.items())

    def assign_judged(self, condition: str, values: Callable[[str], dict[str, str]]) -> str:
        """List assignments of expressions that ask again and again for the same condition.

        Args:
            condition: SQL; it is written out once, for the server would have to plan each copy of it.
            values: gives the expressions by column; what it is handed refers to the condition.
        """
        judged = values("word.applies")
        # The limit keeps it from being written out all the same.
        word = f"SELECT {condition} AS applies LIMIT 1"
        return f"({self.columns(judged)}) = (SELECT {', '.join(judged.values())} FROM ({word}) AS word)"

    def assign_if_newer(self, values: dict[str, str]) -> str:
        """List assignments that are made only where n, one of the columns, grows."""
        return f"{self.assign(values)} WHERE {self.old('n')} < {self.new('n')}"

    def most_rows(self, width: int) -> int:
        """Tell how many rows of so many values the database takes in one statement."""
        return PORTION

    def portions(self, rows: list[Any], width: int) -> Iterator[list[Any]]:
        """Divide rows into what goes into one statement each."""
        size = self.most_rows(width)
        return (rows[start : start + size] for start in range(0, len(rows), size))

    def upserted(
        self,
        cursor: Any,
        model: type[models.Model],
        names: Sequence[str],
        rows: Rows,
        computed: Mapping[str, Computed],
        known: str,
        fetch: tuple[str, ...],
    ) -> Iterable[Any]:
        """Make or change rows, and fetch some of their columns.

        Args:
            cursor: of the open transaction.
            model: whose rows they are.
            names: the columns.
            rows: their values.
            computed: columns, of those or further ones, that the database works out.
            known: SQL that says what happens where a row is there already.
            fetch: the columns to fetch; the first is one of the names, and identifies a row.

        Returns:
            The columns of all the rows, in any order.
        """
        statement, parameters = self._insertion(model, names, rows, computed, known)
        key = names.index(fetch[0])
        return self.fetched(cursor, model, statement, parameters, fetch, [row[key] for row in rows])

    def _insertion(
        self,
        model: type[models.Model],
        names: Sequence[str],
        rows: Rows,
        computed: Mapping[str, Computed],
        known: str,
    ) -> tuple[str, list[Any]]:
        columns = (*names, *(name for name in computed if name not in names))
        source, parameters = self.source_of(model, names, rows, columns, computed)
        into = f"{self.table(model)} {self.alias_old()} ({self.columns(columns)})"
        return f"INSERT INTO {into} {source} {known}", parameters

    def source_of(
        self,
        model: type[models.Model],
        names: Sequence[str],
        rows: Rows,
        columns: Sequence[str],
        computed: Mapping[str, Computed],
    ) -> tuple[str, list[Any]]:
        """Write where the rows of an insert come from, and give the parameters of that."""
        used: list[int] = []

        def refer(name: str) -> str:
            used.append(names.index(name))
            return "%s"

        row = ", ".join(values_of(columns, computed, refer))
        parameters = [values[place] for values in rows for place in used]
        return f"VALUES {', '.join([f'({row})'] * len(rows))}", parameters

    def fetched(
        self,
        cursor: Any,
        model: type[models.Model],
        statement: str,
        parameters: list[Any],
        names: tuple[str, ...],
        keys: list[Any],
    ) -> Iterable[Any]:
        """Run a statement that makes or changes rows, and fetch some of their columns.

        Args:
            cursor: of the open transaction.
            model: whose rows they are.
            statement: the statement.
            parameters: its parameters.
            names: the columns; the first identifies a row.
            keys: the values of the first column.

        Returns:
            The columns of all the rows, in any order.
        """
        cursor.execute(f"{statement} RETURNING {self.columns(names)}", parameters)
        rows: Iterable[Any] = cursor.fetchall()
        return rows

    def update_from(
        self,
        cursor: Any,
        model: type[models.Model],
        key: str,
        source: tuple[str, list[Any]],
        values: tuple[dict[str, str], list[Any]],
    ) -> None:
        """Change rows by what a query has worked out for them.

        Args:
            cursor: of the open transaction.
            model: whose rows they are, with the alias "old".
            key: the column by which they belong to the rows of the query, which have the alias "counted".
            source: the query, and its parameters.
            values: expressions by column, and their parameters.
        """
        cursor.execute(
            f"UPDATE {self.table(model)} AS old SET {self.assign(values[0])} FROM ({source[0]}) AS counted "
            f"WHERE old.{self.quote(key)} = counted.{self.quote(key)}",
            [*values[1], *source[1]],
        )

    def insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        """Insert rows, in as few statements as possible.

        Args:
            cursor: of the open transaction.
            model: whose rows they are.
            names: the columns.
            rows: their values.
            known: SQL that says what happens where a row is there already.
        """
        for portion in self.portions(rows, len(names)):
            cursor.execute(*self._insertion(model, names, portion, {}, known))

    def overlapping(self) -> AbstractContextManager[object]:
        """Let the database work on a statement that returns nothing while the next one is being written."""
        return nullcontext()

    def delete_some(
        self, cursor: Any, model: type[models.Model], name: str, values: Sequence[Any], most: int
    ) -> int:
        """Delete rows that have one of some values in a column.

        Args:
            cursor: of the open transaction.
            model: whose rows they are.
            name: the column.
            values: at least one.
            most: how many rows at the most.

        Returns:
            How many they were.
        """
        table, key = self.table(model), self.quote("id")
        chosen = f"SELECT {key} FROM {table} WHERE {self.is_one_of(name, values)} LIMIT {most}"
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({chosen})", values)
        return int(cursor.rowcount)

    def is_one_of(self, name: str, values: Sequence[Any]) -> str:
        """Compare a column with as many parameters as there are values."""
        return f"{self.quote(name)} IN ({', '.join(['%s'] * len(values))})"


def values_of(
    columns: Sequence[str], computed: Mapping[str, Computed], refer: Callable[[str], str]
) -> list[str]:
    """Write the values of a new row; `refer` refers to one that is given."""
    return [computed[name](refer) if name in computed else refer(name) for name in columns]
