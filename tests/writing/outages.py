"""Ways in which a database is away, real ones: what happens while such a block is open, and what ends it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from django.db import ConnectionHandler, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater.writing.channels import channel
from tests.databases import execute, url_of

LOGS = "progress_updater_tasklog"


def cut(alias: str) -> None:
    """Cut the writer's connection, as a server that goes away does."""
    wrapper: Any = channel().sink._connection._wrapper
    if wrapper is None or wrapper.connection is None:
        return
    if wrapper.vendor == "postgresql":
        execute(alias, f"SELECT pg_terminate_backend({wrapper.connection.info.backend_pid})")
    elif wrapper.vendor == "mysql":
        execute(alias, f"KILL {wrapper.connection.thread_id()}")
    else:
        wrapper.connection.close()


@contextmanager
def connects_otherwise(alias: str, options: dict[str, Any] | None = None, **settings: Any) -> Iterator[None]:
    """Have the writer connect with other settings, from now on until the end."""
    written = connections[alias].settings_dict
    before = {name: written[name] for name in ("OPTIONS", *settings)}
    written.update(settings, OPTIONS={**written["OPTIONS"], **(options or {})})
    cut(alias)
    try:
        yield
    finally:
        written.update(before)


@contextmanager
def _another(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection beside that of the test."""
    handler = ConnectionHandler({"default": connections[alias].settings_dict})
    try:
        yield handler["default"]  # type: ignore[misc]
    finally:
        handler["default"].close()


# ---------------------------------------------------------------- refused


def _refuses(alias: str) -> AbstractContextManager[None]:
    nowhere = {"sqlite": {"NAME": "/nowhere/at/all.sqlite3"}}
    return connects_otherwise(
        alias, **nowhere.get(connections[alias].vendor, {"HOST": "127.0.0.1", "PORT": "9"})
    )


# ---------------------------------------------------------------- hanging

LOCKS = {
    "sqlite": "BEGIN EXCLUSIVE",
    "postgresql": f"BEGIN; LOCK TABLE {LOGS} IN ACCESS EXCLUSIVE MODE",
    "mysql": f"LOCK TABLES {LOGS} WRITE",
}


@contextmanager
def _hangs(alias: str) -> Iterator[None]:
    with _another(alias) as other, other.cursor() as cursor:
        cursor.execute(LOCKS[other.vendor])
        yield
        cursor.execute("UNLOCK TABLES" if other.vendor == "mysql" else "ROLLBACK")


@contextmanager
def _hangs_and_is_cut(alias: str) -> Iterator[None]:
    with _hangs(alias):
        yield
        cut(alias)


# ---------------------------------------------------------------- read-only


@contextmanager
def _becomes_read_only(alias: str) -> Iterator[None]:
    name = connections[alias].settings_dict["NAME"]
    execute(alias, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    cut(alias)
    try:
        yield
    finally:
        execute(alias, f"ALTER DATABASE {name} RESET default_transaction_read_only")


def _has_a_read_only_session(alias: str) -> AbstractContextManager[None]:
    return connects_otherwise(alias, {"init_command": "SET SESSION tx_read_only = 1"})


def _has_a_read_only_file(alias: str) -> AbstractContextManager[None]:
    return connects_otherwise(alias, NAME=f"file:{connections[alias].settings_dict['NAME']}?mode=ro")


# ---------------------------------------------------------------- full


def _has_a_full_file(alias: str) -> AbstractContextManager[None]:
    execute(alias, "VACUUM")
    # The file is never made smaller than it is now.
    before = connections[alias].settings_dict["OPTIONS"]["init_command"]
    return connects_otherwise(alias, {"init_command": f"{before}; PRAGMA max_page_count = 1"})


# ---------------------------------------------------------------- too many connections


@contextmanager
def _takes_no_more_connections_of_the_user(alias: str) -> Iterator[None]:
    name = connections[alias].settings_dict["NAME"]
    execute(alias, f"CREATE USER {name[:32]}@'%' WITH MAX_USER_CONNECTIONS 1")
    execute(alias, f"GRANT ALL ON {name}.* TO {name[:32]}@'%'")
    parts = urlsplit(url_of(alias))
    try:
        with (
            pymysql.connect(host=parts.hostname, port=parts.port or 3306, user=name[:32], database=name),
            connects_otherwise(alias, USER=name[:32]),
        ):
            yield
    finally:
        execute(alias, f"DROP USER {name[:32]}@'%'")


@contextmanager
def takes_no_more_connections(alias: str) -> Iterator[None]:
    """Take all connections of a PostgreSQL server: it has to be one of the test's own."""
    with ExitStack() as held:
        for _ in range(2):
            try:
                while True:
                    held.enter_context(psycopg.connect(url_of(alias)))
            except psycopg.OperationalError:
                cut(alias)
        yield


# ---------------------------------------------------------------- failover


@contextmanager
def _fails_over(alias: str) -> Iterator[None]:
    """Cut all connections of the writer, and take no new ones for a while."""
    name = connections[alias].settings_dict["NAME"]
    server = urlsplit(url_of(alias))._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        cut(alias)
        try:
            yield
        finally:
            other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


OUTAGES: dict[str, dict[str, Callable[[str], AbstractContextManager[None]]]] = {
    "refused": {"sqlite": _refuses, "postgres": _refuses, "mariadb": _refuses},
    "hanging": {"sqlite": _hangs, "postgres": _hangs, "mariadb": _hangs},
    "hanging and cut": {"postgres": _hangs_and_is_cut, "mariadb": _hangs_and_is_cut},
    "read-only": {
        "sqlite": _has_a_read_only_file,
        "postgres": _becomes_read_only,
        "mariadb": _has_a_read_only_session,
    },
    "full": {"sqlite": _has_a_full_file},
    "too many connections": {"mariadb": _takes_no_more_connections_of_the_user},
    "failover": {"postgres": _fails_over},
}
"""By name and database: a block in which the database of an alias is away."""
