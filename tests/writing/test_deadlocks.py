"""Deadlocks with other transactions: what the database undoes is repeated at once, a few times."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Semaphore
from typing import Any, Final

import pytest
from django.db import ConnectionHandler, connections

from progress_updater.recording.changes import LogChange
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DEADLOCKS, DatabaseSink
from tests.databases import execute
from tests.services import database_urls
from tests.waiting import wait_until
from tests.writing.changes import a_change, a_line, a_run, texts

FIRST, GATE = "a", "aa"
OTHERS = [f"b{number}" for number in range(DEADLOCKS + 1)]
LOCK = "SELECT 1 FROM progress_updater_tasklog WHERE task_uuid = %s FOR UPDATE"

# The database picks the sink: it looks for a deadlock sooner, or has done less work.
PATIENT: Final = {
    "postgresql": ["SET deadlock_timeout = '20s'"],
    "mysql": ["INSERT INTO heavy SELECT seq FROM seq_1_to_5000"],
}
IMPATIENT: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {"options": "-c deadlock_timeout=300ms"},
    "mysql": {},
}
WAITS_FOR = {
    "postgresql": "SELECT 1 WHERE %s = ANY(pg_blocking_pids(%s))",
    "mysql": """SELECT 1 FROM information_schema.innodb_lock_waits waits
        JOIN information_schema.innodb_trx blocking ON blocking.trx_id = waits.blocking_trx_id
        JOIN information_schema.innodb_trx requesting ON requesting.trx_id = waits.requesting_trx_id
        WHERE blocking.trx_mysql_thread_id = %s AND requesting.trx_mysql_thread_id = %s""",
}


class Other:
    """A transaction beside that of the sink, which locks one log."""

    def __init__(self, connection: Any, log: str) -> None:
        self.connection = connection
        connection.set_autocommit(False)
        self.lock(log)

    def lock(self, log: str) -> None:
        """Lock a log."""
        with self.connection.cursor() as cursor:
            for statement in PATIENT[self.connection.vendor]:
                cursor.execute(statement)
            cursor.execute(LOCK, [log])

    def let_pass(self) -> None:
        """Give all locks back."""
        self.connection.rollback()


def _waits_for(alias: str, blocking: Any, requesting: Any) -> bool:
    if requesting is None or requesting.connection is None:
        return False
    with connections[alias].cursor() as cursor:
        if blocking.vendor == "mysql":
            # What it tells of locks is made anew only when nobody has asked for 0.1 seconds.
            cursor.execute("DO SLEEP(0.12)")
        cursor.execute(WAITS_FOR[blocking.vendor], [_pid(blocking), _pid(requesting)])
        return cursor.fetchone() is not None


def _cross(alias: str, sink: DatabaseSink, gate: Other, rival: Other) -> None:
    """Have the rival wait for the sink, and then the sink for the rival, until the sink's work is undone.

    PostgreSQL looks for a deadlock once, a while after the waiting has begun: the sink has to come last.
    """

    def sinks() -> Any:
        return sink._connection._wrapper

    wait_until(lambda: _waits_for(alias, gate.connection, sinks()), what="the sink waits at the gate")
    with ThreadPoolExecutor(1) as pool:
        locked = pool.submit(rival.lock, FIRST)
        wait_until(lambda: _waits_for(alias, sinks(), rival.connection), what="the rival waits for the sink")
        gate.let_pass()
        locked.result()
    gate.lock(GATE)
    rival.let_pass()


def _pid(wrapper: Any) -> int:
    if wrapper.vendor == "mysql":
        return wrapper.connection.thread_id()
    return wrapper.connection.info.backend_pid


@contextmanager
def _others(alias: str, logs: list[str]) -> Iterator[list[Other]]:
    with ExitStack() as stack:
        made = []
        for log in logs:
            connection = ConnectionHandler({"default": connections[alias].settings_dict})["default"]
            stack.callback(connection.close)
            connection.inc_thread_sharing()
            made.append(Other(connection, log))
        yield made


def _changes(**run: Any) -> list[LogChange]:
    return [a_change(log, a_run(f"run of {log}", **run)) for log in (FIRST, GATE, *OTHERS)]


SERVERS = [url for url in database_urls() if url.id != "sqlite"]

# SQLite has one writer, and so no deadlocks.
each_server = pytest.mark.parametrize("migrated", SERVERS, indirect=True, scope="session")


class Tries:
    """The sink's transactions: each repetition waits until the rival before has what it wanted."""

    def __init__(self, sink: DatabaseSink, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.may_go_on = Semaphore(1)
        self._write_once = sink._write_once
        patch.setattr(sink, "_write_once", self._try)

    def _try(self, changes: list[LogChange]) -> None:
        assert self.may_go_on.acquire(timeout=60)
        self.count += 1
        self._write_once(changes)


@pytest.fixture
def sink(
    sink: DatabaseSink, database: str, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DatabaseSink]:
    """A sink that has stored all logs, and is the one that the database picks."""
    sink.store(_changes())
    sink.rest()
    options = connections[database].settings_dict["OPTIONS"]
    monkeypatch.setitem(connections[database].settings_dict, "OPTIONS", options | IMPATIENT[vendor])
    if vendor == "mysql":
        execute(database, "CREATE TABLE heavy (number INT) ENGINE=InnoDB")
    yield sink
    if vendor == "mysql":
        execute(database, "DROP TABLE heavy")


def _store(sink: DatabaseSink, alias: str, deadlocks: int) -> tuple[int, BaseException | None]:
    """Store a line for each log in that many deadlocks; return how often it tried, and what it raised."""
    with (
        _others(alias, [GATE, *OTHERS[:deadlocks]]) as (gate, *rivals),
        pytest.MonkeyPatch.context() as patch,
    ):
        tries = Tries(sink, patch)
        with ThreadPoolExecutor(1) as pool:
            stored = pool.submit(sink.store, _changes(messages=[a_line(1)]))
            for rival in rivals:
                _cross(alias, sink, gate, rival)
                tries.may_go_on.release()
            gate.let_pass()
        return tries.count, stored.exception()


def _lines() -> list[str]:
    return [line for log in (FIRST, GATE, *OTHERS) for line in texts(log)]


@each_server
def test_what_deadlocks_undo_is_repeated_at_once(sink: DatabaseSink, database: str) -> None:
    assert _store(sink, database, DEADLOCKS) == (DEADLOCKS + 1, None)
    assert _lines() == ["line 1"] * (2 + len(OTHERS))


@each_server
def test_after_too_many_deadlocks_it_is_stored_later(sink: DatabaseSink, database: str) -> None:
    tried, error = _store(sink, database, DEADLOCKS + 1)
    assert (tried, type(error)) == (DEADLOCKS + 1, StoreLater)
    assert "deadlock" in str(error).lower()
    assert _lines() == []
    assert _store(sink, database, 0) == (1, None)
    assert _lines() == ["line 1"] * (2 + len(OTHERS))
