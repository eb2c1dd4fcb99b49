"""All SQL that differs between databases; each statement may be repeated without changing anything twice."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.writing.values import ATTEMPT, IDENTITY, MESSAGE, SPOKEN, STEP

Row = Sequence[Any]

LOG: Final = (
    "task_uuid",
    "created",
    "updated",
    "cancel_requested",
    "start",
    "end_seq",
    "state",
    *SPOKEN,
    *IDENTITY,
    "run",
    "attempts",
    "seq",
)

STEP_KEPT: Final = ("task_log_id", "attempt_id", "number", "parent", "name", "opened_seq")
"""Columns of a step that do not change once it is there."""

_TERMINAL: Final = ", ".join(f"'{state}'" for state in sorted(states.TERMINAL))


class Dialect:
    """The statements in the form that PostgreSQL and SQLite share.

    Args:
        connection: whose quoting and vendor count.
    """

    old, new = "old", "excluded.{}"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name

    def table(self, model: type[models.Model]) -> str:
        """Quote a table's name."""
        return self.quote(model._meta.db_table)

    def columns(self, names: Iterable[str]) -> str:
        """Quote and list columns."""
        return ", ".join(map(self.quote, names))

    def upsert_logs(self, cursor: Any, rows: list[dict[str, Any]]) -> dict[str, tuple[int, int, str]]:
        """Make or change logs, and thereby lock them until the transaction ends.

        Args:
            cursor: of the open transaction.
            rows: values of the columns LOG, one row a task, in the order of the ids, so that two writers never
                wait for each other crosswise.

        Returns:
            By task id: the row's id, its cursor after the change, the run of its newest attempt.
        """
        values = ", ".join([f"({', '.join(['%s'] * len(LOG))})"] * len(rows))
        cursor.execute(
            f"INSERT INTO {self.table(TaskLog)} {self.alias_old()} ({self.columns(LOG)}) VALUES {values} "
            f"{self.on_conflict('task_uuid')} {self._log_assignments()} {self.returning_logs()}",
            [row[name] for row in rows for name in LOG],
        )
        return {uuid: (log_id, seq, run) for log_id, uuid, seq, run in self.returned_logs(cursor, rows)}

    def alias_old(self) -> str:
        """Name the row that is there already."""
        return f"AS {self.old}"

    def on_conflict(self, key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return f"ON CONFLICT ({self.columns(key.split())}) DO UPDATE SET"

    def returning_logs(self) -> str:
        """Ask for what upsert_logs returns."""
        return f"RETURNING {self.columns(('id', 'task_uuid', 'seq', 'run'))}"

    def returned_logs(self, cursor: Any, rows: list[dict[str, Any]]) -> Iterable[Any]:
        """Fetch what upsert_logs returns."""
        fetched: Iterable[Any] = cursor.fetchall()
        return fetched

    def _old(self, name: str) -> str:
        return f"{self.old}.{self.quote(name)}"

    def _new(self, name: str) -> str:
        return self.new.format(self.quote(name))

    def applies(self) -> str:
        """Say in SQL whether what is told of a task's state counts.

        - Sending a task (PENDING) never changes a state.
        - A task that has not ended listens to its newest attempt, to a settlement (which has no run), and to
          the first success of any attempt.
        - After an end only a new attempt is heard, and after a success not even that: the first success is final.
        - A LOST task listens to its newest attempt.
        - Outside Celery the author decides: a record is reopened, and an id is used again.
        """
        old, new = self._old, self._new
        starts, same = f"{new('attempts')} > 0", f"{new('run')} = {old('run')}"
        free = f"{old('celery_name')} IS NULL"
        return f"""({new("state")} <> '{states.PENDING}' AND (
            ({old("state")} NOT IN ({_TERMINAL})
                AND ({starts} OR {same} OR {new("run")} = '' OR {new("state")} = '{states.SUCCESS}'))
            OR ({starts} AND ({old("state")} <> '{states.SUCCESS}' OR {free}))
            OR ({same} AND ({old("state")} = '{states.LOST}' OR {free}))))"""

    def _log_assignments(self) -> str:
        old, new, applies = self._old, self._new, self.applies()
        guarded = {name: new(name) for name in SPOKEN}
        guarded["start"] = f"COALESCE({old('start')}, {new('start')})"
        guarded["end_seq"] = f"{old('seq')} + {new('end_seq')}"
        guarded["state"] = new("state")
        # MariaDB lets an assignment see those before it: what applies() reads is assigned after its last use.
        assignments = {
            name: f"CASE WHEN {applies} THEN {value} ELSE {old(name)} END" for name, value in guarded.items()
        }
        assignments |= {name: f"COALESCE({old(name)}, {new(name)})" for name in IDENTITY}
        assignments["run"] = f"CASE WHEN {new('attempts')} > 0 THEN {new('run')} ELSE {old('run')} END"
        assignments |= {name: f"{old(name)} + {new(name)}" for name in ("attempts", "seq")}
        assignments["updated"] = new("updated")
        return ", ".join(f"{self.quote(name)} = {value}" for name, value in assignments.items())

    def upsert_attempt(self, cursor: Any, row: Row, *, leads: bool) -> int:
        """Make or change an attempt.

        Args:
            cursor: of the open transaction, in which the log is locked.
            row: values of the columns ATTEMPT.
            leads: False for a forked child, which may make the row but not change it.

        Returns:
            The row's id.
        """
        changed = ("state", "end", "failure") if leads else ("run",)
        assignments = ", ".join(f"{self.quote(name)} = {self._new(name)}" for name in changed)
        values = ", ".join(["%s"] * len(ATTEMPT))
        cursor.execute(
            f"INSERT INTO {self.table(Attempt)} {self.alias_old()} ({self.columns((*ATTEMPT, 'number'))}) "
            f"VALUES ({values}, {self.next_attempt_number()}) {self.on_conflict('run')} {assignments} "
            f"RETURNING {self.quote('id')}",
            [*row, row[0]],
        )
        (attempt_id,) = cursor.fetchone()
        return int(attempt_id)

    def next_attempt_number(self) -> str:
        """Count the attempts of a log; its lock keeps others from counting meanwhile."""
        number, table = self.quote("number"), self.table(Attempt)
        highest = f"SELECT MAX({number}) AS highest FROM {table} WHERE {self.quote('task_log_id')} = %s"
        return f"(SELECT COALESCE(highest, 0) + 1 FROM ({highest}) AS numbers)"

    def upsert_steps(self, cursor: Any, rows: list[Row]) -> None:
        """Make or change steps; an older change never overwrites a newer one."""
        cursor.executemany(
            f"INSERT INTO {self.table(Step)} {self.alias_old()} ({self.columns(STEP)}) "
            f"VALUES ({', '.join(['%s'] * len(STEP))}) {self.on_conflict('attempt_id number')} "
            f"{self.step_assignments()}",
            rows,
        )

    def step_assignments(self) -> str:
        """List what a newer change assigns to a step."""
        assignments = {name: self._new(name) for name in STEP if name not in STEP_KEPT}
        # A planned step appears a second time, when it begins.
        assignments["opened_seq"] = (
            f"CASE WHEN {self._old('start')} IS NULL THEN {self._new('opened_seq')} ELSE {self._old('opened_seq')} END"
        )
        listed = ", ".join(f"{self.quote(name)} = {value}" for name, value in assignments.items())
        return f"{listed} WHERE {self._old('n')} < {self._new('n')}"

    def insert_messages(self, cursor: Any, rows: list[Row]) -> None:
        """Add lines; those that are there already stay as they are."""
        cursor.executemany(
            f"INSERT INTO {self.table(Message)} ({self.columns(MESSAGE)}) "
            f"VALUES ({', '.join(['%s'] * len(MESSAGE))}) {self.do_nothing('attempt_id n')}",
            rows,
        )

    def do_nothing(self, key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON CONFLICT ({self.columns(key.split())}) DO NOTHING"

    def insert_tags(self, cursor: Any, rows: list[Row]) -> None:
        """Put tags on logs."""
        cursor.executemany(
            f"INSERT INTO {self.table(TaskTag)} ({self.columns(('task_log_id', 'tag'))}) "
            f"VALUES (%s, %s) {self.do_nothing('task_log_id tag')}",
            rows,
        )

    def delete_messages(self, cursor: Any, keys: list[tuple[int, int]]) -> None:
        """Remove lines that others replace; a key is (id of the attempt, n)."""
        cursor.executemany(
            f"DELETE FROM {self.table(Message)} WHERE {self.quote('attempt_id')} = %s AND {self.quote('n')} = %s",
            keys,
        )

    def settle(self, cursor: Any, run: str, seq: int, values: dict[str, Any]) -> None:
        """End an attempt, and its open steps, unless they have ended already.

        Args:
            cursor: of the open transaction, in which the log is locked.
            run: the run of the attempt.
            seq: the place of this change in the log's cursor.
            values: state, end and failure.
        """
        attempt, state, start, end = self.table(Attempt), *map(self.quote, ("state", "start", "end"))
        cursor.execute(
            f"UPDATE {self.table(Step)} SET {state} = %s, {end} = %s, {self.quote('seq')} = %s "
            f"WHERE {end} IS NULL AND {start} IS NOT NULL AND {self.quote('attempt_id')} IN "
            f"(SELECT {self.quote('id')} FROM {attempt} WHERE {self.quote('run')} = %s AND {end} IS NULL)",
            [values["state"], values["end"], seq, run],
        )
        cursor.execute(
            f"UPDATE {attempt} SET {state} = %s, {end} = %s, {self.quote('failure')} = %s "
            f"WHERE {self.quote('run')} = %s AND {end} IS NULL",
            [*values.values(), run],
        )


class PostgreSQL(Dialect):
    """Arrays carry many rows in one statement."""

    def upsert_steps(self, cursor: Any, rows: list[Row]) -> None:
        """Make or change steps; an older change never overwrites a newer one."""
        cursor.execute(
            f"INSERT INTO {self.table(Step)} {self.alias_old()} ({self.columns(STEP)}) {self._unnested(Step, STEP)} "
            f"{self.on_conflict('attempt_id number')} {self.step_assignments()}",
            _by_column(rows),
        )

    def insert_messages(self, cursor: Any, rows: list[Row]) -> None:
        """Add lines; those that are there already stay as they are."""
        cursor.execute(
            f"INSERT INTO {self.table(Message)} ({self.columns(MESSAGE)}) {self._unnested(Message, MESSAGE)} "
            f"{self.do_nothing('attempt_id n')}",
            _by_column(rows),
        )

    def _unnested(self, model: type[models.Model], names: Sequence[str]) -> str:
        types = {field.column: field.db_type(self.connection) for field in model._meta.local_fields}
        arrays = ", ".join(f"%s::{_plain_type(types[name])}[]" for name in names)
        return f"SELECT * FROM unnest({arrays})"


def _plain_type(declared: str | None) -> str:
    return "text" if declared is None or declared.startswith("varchar") else declared


def _by_column(rows: list[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


class SQLite(Dialect):
    """The shared form, with prepared statements that are run once a row."""


class MariaDB(Dialect):
    """Also MySQL: no conflict target, no condition on an update, other words for the old and the new row."""

    new = "VALUES({})"

    def alias_old(self) -> str:
        """Name nothing: a bare column is that of the row that is there already."""
        return ""

    def on_conflict(self, key: str) -> str:
        """Begin the list of assignments to a row that is there already."""
        return "ON DUPLICATE KEY UPDATE"

    def _old(self, name: str) -> str:
        return self.quote(name)

    def returning_logs(self) -> str:
        """Ask for nothing: MySQL could not answer."""
        return ""

    def returned_logs(self, cursor: Any, rows: list[dict[str, Any]]) -> Iterable[Any]:
        """Read the rows that this transaction has locked."""
        uuids = [row["task_uuid"] for row in rows]
        cursor.execute(
            f"SELECT {self.columns(('id', 'task_uuid', 'seq', 'run'))} FROM {self.table(TaskLog)} "
            f"WHERE {self.quote('task_uuid')} IN ({', '.join(['%s'] * len(uuids))})",
            uuids,
        )
        return super().returned_logs(cursor, rows)

    def upsert_attempt(self, cursor: Any, row: Row, *, leads: bool) -> int:
        """Make or change an attempt."""
        changed = ("state", "end", "failure") if leads else ("run",)
        assignments = ", ".join(f"{self.quote(name)} = {self._new(name)}" for name in changed)
        values = ", ".join(["%s"] * len(ATTEMPT))
        cursor.execute(
            f"INSERT INTO {self.table(Attempt)} ({self.columns((*ATTEMPT, 'number'))}) "
            f"VALUES ({values}, {self.next_attempt_number()}) ON DUPLICATE KEY UPDATE "
            f"{assignments}, {self.quote('id')} = LAST_INSERT_ID({self.quote('id')})",
            [*row, row[0]],
        )
        return int(cursor.lastrowid)

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
        return ", ".join(f"{self.quote(name)} = {value}" for name, value in assignments.items())

    def do_nothing(self, key: str) -> str:
        """Leave a row that is there already as it is."""
        return f"ON DUPLICATE KEY UPDATE {self.quote('id')} = {self.quote('id')}"


_DIALECTS: Final[dict[str, type[Dialect]]] = {"postgresql": PostgreSQL, "sqlite": SQLite, "mysql": MariaDB}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """Choose the statements for a database.

    Args:
        connection: an open connection.

    Returns:
        Its dialect; the shared form for a vendor that is not known.
    """
    return _DIALECTS.get(connection.vendor, Dialect)(connection)
