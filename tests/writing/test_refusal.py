"""A row that is refused is told from a database that is away."""

import sqlite3
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.utils import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from progress_updater.writing.refusal import is_refusal, lacks_tables


def _caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def _raised(alias: str, *statements: str) -> Exception:
    """Return what the database says to the last statement."""
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(alias),
        connections[alias].cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        DataError("x"),
        IntegrityError("x"),
        NotSupportedError("x"),
        DatabaseError("x"),
        ValueError("x"),
        TypeError("x"),
    ],
)
def test_these_are_about_a_row(error: Exception) -> None:
    assert is_refusal(error)
    assert not lacks_tables(error)


@pytest.mark.parametrize(
    "error",
    [InterfaceError("x"), InternalError("x"), OperationalError("x"), ProgrammingError("x")],
)
def test_these_are_about_the_database(error: Exception) -> None:
    assert not is_refusal(error)
    assert not lacks_tables(error)


def test_a_missing_table_is_no_refusal(database: str) -> None:
    error = _raised(database, "INSERT INTO nowhere (a) VALUES (1)")
    assert (is_refusal(error), lacks_tables(error)) == (False, True)


def test_a_missing_column_is_no_refusal(database: str) -> None:
    error = _raised(database, "INSERT INTO progress_updater_tasklog (missing) VALUES (1)")
    assert (is_refusal(error), lacks_tables(error)) == (False, True)


def test_a_missing_value_is_a_refusal(database: str) -> None:
    error = _raised(database, "INSERT INTO progress_updater_tasklog (task_uuid) VALUES (NULL)")
    assert is_refusal(error)


def test_a_text_that_names_a_missing_table_is_a_refusal(database: str) -> None:
    text = "no such table: Unknown column"
    error = _raised(database, f"INSERT INTO progress_updater_tasklog (task_uuid) VALUES (NULL) -- {text}")
    assert is_refusal(error)
    assert is_refusal(IntegrityError(text))


class WithSqlState(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "refuses"),
    [("54000", True), ("P0001", True), ("40P01", False), ("53100", False), ("57P01", False), (None, False)],
)
def test_postgresql_tells_by_the_state(sqlstate: str | None, refuses: bool) -> None:
    assert is_refusal(_caused(OperationalError("x"), WithSqlState(sqlstate))) is refuses


# A trigger; then a deadlock, a lost connection, a lock, too many connections, no access, read-only.
NUMBERS = [(1644, True), *((number, False) for number in (1213, 2013, 1205, 1040, 1226, 1045, 1290, 1792))]


@pytest.mark.parametrize(("number", "refuses"), NUMBERS)
def test_mariadb_tells_by_the_number(number: int, refuses: bool) -> None:
    assert is_refusal(_caused(OperationalError(number, "x"), Exception(number, "x"))) is refuses


def test_sqlite_that_is_locked_is_no_refusal(tmp_path: Any) -> None:
    holder = sqlite3.connect(tmp_path / "x", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(tmp_path / "x", timeout=0)
    with pytest.raises(sqlite3.OperationalError) as caught:
        other.execute("BEGIN IMMEDIATE")
    assert not is_refusal(_caused(OperationalError("locked"), caught.value))
    with pytest.raises(sqlite3.OperationalError) as caught:
        other.execute("SELECT abs(-9223372036854775808)").fetchall()
    holder.close(), other.close()
    assert caught.value.sqlite_errorcode == sqlite3.SQLITE_ERROR
    assert is_refusal(_caused(OperationalError("integer overflow"), caught.value))
