"""What goes wrong between the writer and its database."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from progress_updater.models import Message, TaskLog
from progress_updater.writing.channels import flush
from tests.databases import execute, url_of
from tests.faults.fault import Place


def _file(place: Place) -> Path:
    return Path(connections[place.alias].settings_dict["NAME"])


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Have another process, as it were, write for a long time."""
    other = sqlite3.connect(_file(place), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def locked_until_all_is_stored(place: Place) -> Iterator[None]:
    with locked(place):
        yield
    assert flush(60)


@contextmanager
def folder_moved(place: Place) -> Iterator[None]:
    connections[place.alias].close()
    folder = _file(place).parent
    away = folder.with_name(f"{folder.name}-away")
    folder.rename(away)
    yield
    away.rename(folder)


REFUSES = (
    f"CREATE TRIGGER refuses BEFORE INSERT ON {Message._meta.db_table} "
    "WHEN NEW.text = 'poison' BEGIN SELECT RAISE(ABORT, 'refused'); END"
)


@contextmanager
def refuses_a_line(place: Place) -> Iterator[None]:
    execute(place.alias, REFUSES)
    yield
    execute(place.alias, "DROP TRIGGER refuses")


# ---------------------------------------------------------------- what the driver raises


def driver_raises(error: BaseException) -> Callable[[Place], AbstractContextManager[None]]:
    """Have each statement of the writer's thread raise an error."""

    @contextmanager
    def injected(place: Place) -> Iterator[None]:
        def fails(self: Any, *args: Any) -> Any:
            if threading.get_ident() != here:
                raise error
            return execute(self, *args)

        here, execute = threading.get_ident(), SQLiteCursorWrapper.execute
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SQLiteCursorWrapper, "execute", fails)
            yield

    return injected


def _commit_fails(times: int, *, commits: bool) -> Callable[[Place], AbstractContextManager[None]]:
    @contextmanager
    def injected(place: Place) -> Iterator[None]:
        def fails(self: Any) -> None:
            if threading.get_ident() == here or not left:
                commit(self)
                return
            left.pop()
            if commits:
                commit(self)
            raise OperationalError("the connection was lost")

        here, commit, left = threading.get_ident(), BaseDatabaseWrapper._commit, [None] * times
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BaseDatabaseWrapper, "_commit", fails)
            yield

    return injected


commit_undone = _commit_fails(3, commits=False)
commit_done = _commit_fails(3, commits=True)


# ---------------------------------------------------------------- PostgreSQL


@contextmanager
def _administrator(place: Place) -> Iterator[tuple[Any, str]]:
    url, _, name = url_of(place.alias).rpartition("/")
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        yield connection.execute, name


def _throw_out(ask: Any, name: str) -> None:
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@contextmanager
def connections_refused(place: Place) -> Iterator[None]:
    connections[place.alias].close()
    with _administrator(place) as (ask, name):
        ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        _throw_out(ask, name)
        yield
        ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def connection_lost(place: Place) -> Iterator[None]:
    connections[place.alias].close()
    with _administrator(place) as (ask, name):
        _throw_out(ask, name)
    yield


@contextmanager
def read_only(place: Place) -> Iterator[None]:
    connections[place.alias].close()
    with _administrator(place) as (ask, name):
        ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        _throw_out(ask, name)
        yield
        ask(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        _throw_out(ask, name)


@contextmanager
def table_missing(place: Place) -> Iterator[None]:
    table = TaskLog._meta.db_table
    execute(place.alias, f"ALTER TABLE {table} RENAME TO away")
    yield
    execute(place.alias, f"ALTER TABLE away RENAME TO {table}")
