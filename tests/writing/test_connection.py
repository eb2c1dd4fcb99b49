"""The writer's own connection, beside the task's."""

import sqlite3
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.test.utils import CaptureQueriesContext

from progress_updater import TaskUpdater
from progress_updater.models import TaskLog
from progress_updater.writing.channels import channel, flush
from progress_updater.writing.connection import OwnConnection, settings_for_writing
from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import execute
from tests.writing.changes import a_change, a_line, a_run, log_of, texts


@pytest.fixture
def own(database: str) -> Any:
    made = OwnConnection(database)
    yield made
    made.close()


def _pid(connection: Any) -> Any:
    """Tell a connection to a server from another."""
    raw = connection.connection
    if connection.vendor == "postgresql":
        return raw.info.backend_pid
    return raw.thread_id() if connection.vendor == "mysql" else id(raw)


# ---------------------------------------------------------------- the task's own transaction


def test_what_a_task_records_is_seen_while_its_transaction_is_open_and_stays(
    tmp_path: Path, database: str
) -> None:
    updater = TaskUpdater(task_name="TEST")
    if connections[database].vendor == "sqlite":
        # With a file of their own the tables are in nobody's way; in one file SQLite has one writer.
        other = sqlite3.connect(tmp_path / "site.sqlite3", isolation_level=None)
        other.execute("CREATE TABLE shop (id)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO shop VALUES (1)")
        _record(updater)
        other.execute("ROLLBACK")
        other.close()
    else:
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=database):
            TaskLog.objects.create(
                task_uuid="rolled back", created="2024-01-01T00:00Z", updated="2024-01-01T00:00Z"
            )
            _record(updater)
            raise ZeroDivisionError
    assert texts(updater.task_uuid) == ["inside"]
    assert not TaskLog.objects.filter(task_uuid="rolled back").exists()


def _record(updater: TaskUpdater) -> None:
    with updater("First"):
        updater.notify("inside")
        assert flush(60)
        found: list[Any] = []
        looking = Thread(target=lambda: found.extend((*texts(updater.task_uuid), connections.close_all())))
        looking.start()
        looking.join()
        assert found == ["inside", None]


def test_the_hosts_connection_sees_no_query_of_ours(database: str) -> None:
    with CaptureQueriesContext(connections[database]) as queries:
        updater = TaskUpdater(task_name="TEST")
        with updater("First"):
            updater.notify("one")
        updater.finish()
        assert flush(60)
    assert len(queries) == 0


# ---------------------------------------------------------------- transactions


def test_a_transaction_is_committed_at_its_end_and_rolled_back_by_an_error(own: OwnConnection) -> None:
    insert = "INSERT INTO progress_updater_tasktag (task_log_id, tag) VALUES (%s, %s)"
    TaskLog.objects.create(task_uuid="t", created="2024-01-01T00:00Z", updated="2024-01-01T00:00Z")
    log = TaskLog.objects.get()
    with own.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(insert, [log.pk, "kept"])
    with pytest.raises(ZeroDivisionError), own.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(insert, [log.pk, "not kept"])
        raise ZeroDivisionError
    assert [tag.tag for tag in log.tags.all()] == ["kept"]


def test_one_connection_serves_all_transactions_until_it_is_closed(own: OwnConnection) -> None:
    def used() -> Any:
        with own.transaction() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return connection.connection

    first = used()
    assert used() is first
    own.close()
    own.close()
    assert used() is not first


def test_a_connection_that_is_broken_inside_a_transaction_is_made_anew(
    own: OwnConnection, vendor: str
) -> None:
    if vendor == "sqlite":
        return
    with pytest.raises(OperationalError), own.transaction() as connection, connection.cursor() as cursor:
        pid = _pid(connection)
        execute(own.alias, f"SELECT pg_terminate_backend({pid})" if vendor == "postgresql" else f"KILL {pid}")
        cursor.execute("SELECT 1")
    with own.transaction() as connection:
        assert _pid(connection) != pid


def test_a_child_leaves_the_connection_to_its_parent(own: OwnConnection, vendor: str) -> None:
    with own.transaction() as connection:
        pass
    own.prepare_fork()
    assert (connection.connection is None) == (vendor == "sqlite")
    own.abandon()
    own.abandon()
    if vendor != "sqlite":
        assert connection.is_usable()
        connection.close()
    with own.transaction() as other:
        assert other is not connection


def test_nothing_is_kept_of_our_statements_with_debug_on(settings: Any, sink: DatabaseSink) -> None:
    settings.DEBUG = True
    sink.store([a_change("t", a_run("r", messages=[a_line(1)]))])
    wrapper: Any = sink._connection._wrapper
    assert len(wrapper.queries_log) == 0


# ---------------------------------------------------------------- settings


def test_what_the_project_chose_for_its_requests_is_not_for_the_writer(
    database: str, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: dict[str, dict[str, Any]] = {
        "postgresql": {
            "pool": True,
            "server_side_binding": True,
            "isolation_level": 4,
            "connect_timeout": 77,
        },
        "mysql": {"isolation_level": "serializable", "connect_timeout": 77},
        "sqlite": {"transaction_mode": "DEFERRED", "timeout": 77},
    }
    written = connections[database].settings_dict
    monkeypatch.setitem(written, "OPTIONS", written["OPTIONS"] | chosen[vendor])
    monkeypatch.setitem(written, "CONN_MAX_AGE", 0)
    monkeypatch.setitem(written, "ATOMIC_REQUESTS", True)
    monkeypatch.setitem(written, "AUTOCOMMIT", False)
    ours = settings_for_writing(database)
    assert (ours["CONN_MAX_AGE"], ours["ATOMIC_REQUESTS"], ours["AUTOCOMMIT"]) == (None, False, True)
    assert ours["OPTIONS"].get("transaction_mode", "IMMEDIATE") == "IMMEDIATE"
    assert not {"pool", "server_side_binding", "isolation_level"} & set(ours["OPTIONS"])
    assert ours["OPTIONS"]["timeout" if vendor == "sqlite" else "connect_timeout"] == 77
    assert written["OPTIONS"].items() >= chosen[vendor].items()

    sink = DatabaseSink(database)
    for number in range(2):
        sink.store([a_change("t", a_run("r", messages=[a_line(number + 1, 1)]))])
        if number == 0:
            first = sink._connection._wrapper
    assert sink._connection._wrapper is first
    sink.rest()
    monkeypatch.undo()
    assert log_of("t").seq == 2


def test_the_name_of_a_test_database_is_respected(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections[database].settings_dict, "NAME", "of_the_tests")
    assert settings_for_writing(database)["NAME"] == "of_the_tests"


@pytest.mark.django_db(databases=["default", "progress"], transaction=True)
def test_in_a_test_database_rows_go_where_the_models_look(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}
    updater = TaskUpdater(task_name="TEST")
    updater.notify("one")
    assert flush(60)
    assert "test" in str(connections["progress"].settings_dict["NAME"]) or texts(updater.task_uuid) == ["one"]
    assert texts(updater.task_uuid) == ["one"]
    channel().sink.rest()
