"""All SQL that differs between databases; each statement may be repeated without changing anything twice."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.writing.values import ATTEMPT, IDENTITY, MESSAGE, SETTLED, SPOKEN, STEP

Row = tuple[Any, ...]
Rows = list[Row]

LOG: Final = (
    "task_uuid",
    "created",
    "updated",
    "cancel_requested",
    "start",
    "end_seq",
    "state",
    *SETTLED,
    *SPOKEN,
    *IDENTITY,
    "run",
    "seq",
    "attempts",
)

STEP_KEPT: Final = ("task_log_id", "attempt_id", "number", "parent", "name", "opened_seq")
"""Columns of a step that do not change once it is there."""

PORTION: Final = 5_000  # rows in one statement: more would only take memory
SQLITE_ROWS: Final = 500  # and here the driver keeps the last 128 statements, each as long as it has rows
KEYS_A_DELETE: Final = 200  # SQLite takes no expression that is 1,000 conditions deep

_TERMINAL: Final = ", ".join(f"'{state}'" for state in sorted(states.TERMINAL))
_VERDICTS: Final = ", ".join(
    f"'{state}'" for state in sorted({*states.TERMINAL, states.RETRY} - {states.LOST})
)


class Dialect:
    """The statements in the form that PostgreSQL and SQLite share.

    Args:
        connection: whose quoting and vendor count.
    """

    old, new, lock = "old", "excluded.{}", ""

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
        return f"AS {self.old}"

    def on_conflict(self, *key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return f"ON CONFLICT ({self.columns(key)}) DO UPDATE SET"

    def do_nothing(self, *key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON CONFLICT ({self.columns(key)}) DO NOTHING"

    def _old(self, name: str) -> str:
        return f"{self.old}.{self.quote(name)}"

    def _new(self, name: str) -> str:
        return self.new.format(self.quote(name))

    def _set(self, assignments: dict[str, str]) -> str:
        return ", ".join(f"{self.quote(name)} = {value}" for name, value in assignments.items())

    def most_rows(self, width: int) -> int:
        """Tell how many rows of so many values the database takes in one statement."""
        return PORTION

    def portions(self, rows: list[Any], width: int) -> Iterator[list[Any]]:
        """Divide rows into what goes into one statement each."""
        size = self.most_rows(width)
        return (rows[start : start + size] for start in range(0, len(rows), size))

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

    # ---------------------------------------------------------------- logs

    def upsert_logs(self, cursor: Any, rows: list[dict[str, Any]]) -> dict[str, tuple[int, int, str]]:
        """Make or change logs, and thereby lock them until the transaction ends.

        Args:
            cursor: of the open transaction.
            rows: values of the columns LOG, one row a task, in the order of the ids, so that two writers
                never wait for each other crosswise; "attempts" is 1 for a run that speaks for its task.

        Returns:
            By task id: the row's id, its cursor after the change, the run of its newest attempt.
        """
        found: dict[str, tuple[int, int, str]] = {}
        for portion in self.portions(rows, len(LOG) + 1):
            found |= self._upsert_logs(cursor, portion)
        return found

    def _upsert_logs(self, cursor: Any, rows: list[dict[str, Any]]) -> dict[str, tuple[int, int, str]]:
        values = ", ".join(["%s"] * (len(LOG) - 1))
        row = f"({values}, %s * {self._is_unknown_run()})"
        statement = (
            f"INSERT INTO {self.table(TaskLog)} {self.alias_old()} ({self.columns(LOG)}) "
            f"VALUES {', '.join([row] * len(rows))} {self.on_conflict('task_uuid')} {self._log_assignments()}"
        )
        parameters = [value for row in rows for value in (*(row[name] for name in LOG), row["run"])]
        names, keys = ("task_uuid", "id", "seq", "run"), [row["task_uuid"] for row in rows]
        fetched = self.fetched(cursor, TaskLog, statement, parameters, names, keys)
        return {uuid: (log_id, seq, run) for uuid, log_id, seq, run in fetched}

    def _is_unknown_run(self) -> str:
        # A forked child may have stored the attempt before its parent: then it is PENDING, and unknown yet.
        known = f"{self.quote('run')} = %s AND {self.quote('state')} <> '{states.PENDING}'"
        return f"(1 - (SELECT COUNT(*) FROM {self.table(Attempt)} WHERE {known}))"

    def applies(self) -> str:
        """Say in SQL whether what is told of a task's state counts.

        - Sending a task (PENDING) never changes a state.
        - A task that has not ended listens to its newest attempt, to a settlement (which has no run), and to
          the first success of any attempt.
        - After an end only a new attempt is heard, and after a success not even that: the first one is final.
        - A LOST task listens to its newest attempt, and to whoever knows better how it ended.
        - Outside Celery the author decides: a record is reopened, and an id is used again.
        """
        old, new, starts = self._old, self._new, self._starts()
        same = f"{new('run')} = {old('run')}"
        free = f"{old('celery_name')} IS NULL"
        return f"""({new("state")} <> '{states.PENDING}' AND (
            ({old("state")} NOT IN ({_TERMINAL})
                AND ({starts} OR {same} OR {new("run")} = '' OR {new("state")} = '{states.SUCCESS}'))
            OR ({old("state")} = '{states.LOST}' AND {new("run")} = '' AND {new("state")} IN ({_VERDICTS}))
            OR ({starts} AND ({old("state")} <> '{states.SUCCESS}' OR {free}))
            OR ({same} AND ({old("state")} = '{states.LOST}' OR {free}))))"""

    def _starts(self) -> str:
        return f"({self._new('attempts')} > 0 AND {self._new('run')} <> {self._old('run')})"

    def _log_assignments(self) -> str:
        old, new, applies, starts = self._old, self._new, self.applies(), self._starts()
        # MariaDB lets an assignment see those before it: what others read is assigned after their last use.
        told = {"start": f"COALESCE({old('start')}, {new('start')})", "end_seq": self._end_seq()}
        told |= {name: new(name) for name in SETTLED}
        # A settlement knows how the task ended, and nothing of how far it came.
        told |= {
            name: f"CASE WHEN {new('run')} = '' THEN {old(name)} ELSE {new(name)} END" for name in SPOKEN
        }
        told["state"] = new("state")
        assignments = {
            name: f"CASE WHEN {applies} THEN {value} ELSE {old(name)} END" for name, value in told.items()
        }
        assignments |= {name: f"COALESCE({old(name)}, {new(name)})" for name in IDENTITY}
        assignments["attempts"] = f"CASE WHEN {starts} THEN {old('attempts')} + 1 ELSE {old('attempts')} END"
        assignments["run"] = f"CASE WHEN {starts} THEN {new('run')} ELSE {old('run')} END"
        assignments["seq"] = f"{old('seq')} + {new('seq')}"
        assignments["updated"] = new("updated")
        return self._set(assignments)

    def _end_seq(self) -> str:
        """Keep the place of an end that is told again."""
        old, new = self._old, self._new
        again = f"{old('end')} = {new('end')} AND {old('run')} = {new('run')}"
        return f"CASE WHEN {again} THEN {old('end_seq')} ELSE {old('seq')} + {new('end_seq')} END"

    def insert_tags(self, cursor: Any, rows: list[tuple[int, str]]) -> None:
        """Put tags on logs; a row is (id of the log, tag)."""
        for portion in self.portions(rows, 2):
            cursor.execute(
                f"INSERT INTO {self.table(TaskTag)} ({self.columns(('task_log_id', 'tag'))}) "
                f"VALUES {', '.join(['(%s, %s)'] * len(portion))} {self.do_nothing('task_log_id', 'tag')}",
                [value for row in portion for value in row],
            )

    # ---------------------------------------------------------------- attempts

    def upsert_attempts(self, cursor: Any, rows: Rows) -> dict[str, int]:
        """Make or change attempts; a PENDING one changes nothing.

        Args:
            cursor: of the open transaction, in which their logs are locked.
            rows: values of the columns ATTEMPT, at most one row a log.

        Returns:
            By run, the ids of the rows.
        """
        found: dict[str, int] = {}
        for portion in self.portions(rows, len(ATTEMPT) + 1):
            found |= self._upsert_attempts(cursor, portion)
        return found

    def _upsert_attempts(self, cursor: Any, rows: Rows) -> dict[str, int]:
        row = f"({', '.join(['%s'] * len(ATTEMPT))}, {self._next_attempt_number()})"
        statement = (
            f"INSERT INTO {self.table(Attempt)} {self.alias_old()} ({self.columns((*ATTEMPT, 'number'))}) "
            f"VALUES {', '.join([row] * len(rows))} {self.on_conflict('run')} {self._attempt_assignments()}"
        )
        parameters = [value for row in rows for value in (*row, row[ATTEMPT.index("task_log_id")])]
        keys = [row[ATTEMPT.index("run")] for row in rows]
        return dict(self.fetched(cursor, Attempt, statement, parameters, ("run", "id"), keys))

    def _attempt_assignments(self) -> str:
        pending = f"{self._new('state')} = '{states.PENDING}'"
        told = {name: self._new(name) for name in ("state", "end", "failure")}
        # Who tells something has not stalled; who tells it for a dead process does not know which it was.
        told |= {"process_id": f"COALESCE({self._new('process_id')}, {self._old('process_id')})"}
        told |= {"stalled": "NULL"}
        return self._set(
            {
                name: f"CASE WHEN {pending} THEN {self._old(name)} ELSE {value} END"
                for name, value in told.items()
            }
        )

    def _next_attempt_number(self) -> str:
        """Count the attempts of a log; its lock keeps others from counting meanwhile."""
        number, table = self.quote("number"), self.table(Attempt)
        highest = f"SELECT MAX({number}) AS highest FROM {table} WHERE {self.quote('task_log_id')} = %s"
        return f"(SELECT COALESCE(highest, 0) + 1 FROM ({highest}) AS numbers)"

    # ---------------------------------------------------------------- steps and messages

    def upsert_steps(self, cursor: Any, rows: Rows) -> None:
        """Make or change steps; an older change never overwrites a newer one."""
        known = f"{self.on_conflict('attempt_id', 'number')} {self.step_assignments()}"
        self._insert(cursor, Step, STEP, rows, known)

    def step_assignments(self) -> str:
        """List what a newer change assigns to a step."""
        old, new = self._old, self._new
        assignments = {name: new(name) for name in STEP if name not in STEP_KEPT}
        # A planned step appears a second time, when it begins.
        assignments["opened_seq"] = (
            f"CASE WHEN {old('start')} IS NULL THEN {new('opened_seq')} ELSE {old('opened_seq')} END"
        )
        return f"{self._set(assignments)} WHERE {old('n')} < {new('n')}"

    def insert_messages(self, cursor: Any, rows: Rows) -> None:
        """Add lines; those that are there already stay as they are."""
        self._insert(cursor, Message, MESSAGE, rows, self.do_nothing("attempt_id", "n"))

    def _insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        """Insert rows; `known` says what happens where one is there already."""
        cursor.executemany(
            f"INSERT INTO {self.table(model)} {self.alias_old()} ({self.columns(names)}) "
            f"VALUES ({', '.join(['%s'] * len(names))}) {known}",
            rows,
        )

    def delete_messages(self, cursor: Any, keys: list[tuple[int, int]]) -> None:
        """Remove lines that others replace; a key is (id of the attempt, n)."""
        condition = f"({self.quote('attempt_id')} = %s AND {self.quote('n')} = %s)"
        for start in range(0, len(keys), KEYS_A_DELETE):
            portion = keys[start : start + KEYS_A_DELETE]
            cursor.execute(
                f"DELETE FROM {self.table(Message)} WHERE {' OR '.join([condition] * len(portion))}",
                [value for key in portion for value in key],
            )

    def has_begun_anew(self, cursor: Any, task_uuid: str, since: Any) -> bool | None:
        """Tell whether an attempt of a task began after a moment, and lock its log.

        Args:
            cursor: of the open transaction.
            task_uuid: the task's id, as it is stored.
            since: the moment.

        Returns:
            None where nothing is known of the task.
        """
        start, run, uuid = map(self.quote, ("start", "run", "task_uuid"))
        cursor.execute(
            f"SELECT CASE WHEN newest.{start} > %s THEN 1 ELSE 0 END FROM {self.table(TaskLog)} log "
            f"LEFT JOIN {self.table(Attempt)} newest ON newest.{run} = log.{run} "
            f"WHERE log.{uuid} = %s {self.lock}",
            [since, task_uuid],
        )
        row = cursor.fetchone()
        return None if row is None else bool(row[0])

    def settle(self, cursor: Any, run: str, seq: int, values: dict[str, Any]) -> None:
        """End an attempt, and its open steps, unless they have ended; LOST is no end where one knows better.

        Args:
            cursor: of the open transaction, in which the log is locked.
            run: the run of the attempt.
            seq: the place of this change in the log's cursor.
            values: state, end and failure.
        """
        attempt, state, start, end = self.table(Attempt), *map(self.quote, ("state", "start", "end"))
        goes_on = f"({end} IS NULL OR {state} = '{states.LOST}')"
        cursor.execute(
            f"UPDATE {self.table(Step)} "
            f"SET {state} = %s, {end} = COALESCE({end}, %s), {self.quote('seq')} = %s "
            f"WHERE {goes_on} AND {start} IS NOT NULL AND {self.quote('attempt_id')} IN "
            f"(SELECT {self.quote('id')} FROM {attempt} WHERE {self.quote('run')} = %s AND {goes_on})",
            [values["state"], values["end"], seq, run],
        )
        cursor.execute(
            f"UPDATE {attempt} SET {state} = %s, {end} = COALESCE({end}, %s), {self.quote('failure')} = %s "
            f"WHERE {self.quote('run')} = %s AND {goes_on}",
            [*values.values(), run],
        )


class PostgreSQL(Dialect):
    """Arrays carry many rows in one statement."""

    lock = "FOR UPDATE OF log"

    def _insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
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


class SQLite(Dialect):
    """Many rows in one statement, for the driver gives the GIL away at each.

    A thread that computes keeps it for 5 ms: row by row, a flush of 10,000 steps took a minute beside it.
    """

    def most_rows(self, width: int) -> int:
        """Tell how many rows of so many values the database takes in one statement."""
        parameters: int = self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        return max(1, min(SQLITE_ROWS, parameters // width))

    def _insert(
        self, cursor: Any, model: type[models.Model], names: Sequence[str], rows: Rows, known: str
    ) -> None:
        row = f"({', '.join(['%s'] * len(names))})"
        for portion in self.portions(rows, len(names)):
            cursor.execute(
                f"INSERT INTO {self.table(model)} {self.alias_old()} ({self.columns(names)}) "
                f"VALUES {', '.join([row] * len(portion))} {known}",
                [value for row in portion for value in row],
            )


class MariaDB(Dialect):
    """Also MySQL: no conflict target, no condition on an update, other words for the old and the new row."""

    new, lock = "VALUES({})", "FOR UPDATE"

    def alias_old(self) -> str:
        """Name nothing: a bare column is that of the row that is there already."""
        return ""

    def on_conflict(self, *key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return "ON DUPLICATE KEY UPDATE"

    def do_nothing(self, *key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON DUPLICATE KEY UPDATE {self.quote('id')} = {self.quote('id')}"

    def _old(self, name: str) -> str:
        return self.quote(name)

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

    def step_assignments(self) -> str:
        """List what a newer change assigns to a step."""
        newer = f"{self.quote('n')} < {self._new('n')}"
        assignments = {
            name: f"IF({newer}, {self._new(name)}, {self.quote(name)})"
            for name in ("opened_seq", *(name for name in STEP if name not in STEP_KEPT))
        }
        unseen = f"{newer} AND {self.quote('start')} IS NULL"
        assignments["opened_seq"] = f"IF({unseen}, {self._new('opened_seq')}, {self.quote('opened_seq')})"
        # An assignment sees those before it: n, which the others compare, comes last.
        assignments["n"] = assignments.pop("n")
        return self._set(assignments)


_DIALECTS: Final[dict[str, type[Dialect]]] = {"postgresql": PostgreSQL, "sqlite": SQLite, "mysql": MariaDB}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """Choose the statements for a database.

    Args:
        connection: an open connection.

    Returns:
        Its dialect; the shared form for a vendor that is not known.
    """
    return _DIALECTS.get(connection.vendor, Dialect)(connection)
