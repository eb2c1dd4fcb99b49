"""The statements: what passes through them unchanged, and how many rows they take."""

from typing import Any

import pytest
from django.db import connection, connections

from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sql import Dialect, dialect_of, messages
from tests.writing.changes import a_change, a_line, a_run, a_settlement, a_step, log_of, tables

AWKWARD = [
    "", "NULL", "null", '"', "\\", '\\"', "{a,b}", "}", "'", "''", "a\nb\r\tc", "%s %(x)s %", "\x01\x7f",
    "ø—漢字🎉", "\\n", "\\u0041", " lead and trail ", "VALUES (%s)", "); DROP TABLE x; --", "$", "\ufffd",
]  # fmt: skip


def test_every_text_comes_back_as_it_went_in(sink: DatabaseSink) -> None:
    lines = [a_line(n, text=text) for n, text in enumerate(AWKWARD, 1)]
    steps = [a_step(n, 100 + n, name=text) for n, text in enumerate(AWKWARD, 1)]
    sink.store([a_change("t", a_run("r", messages=lines, steps=steps))])
    assert list(Message.objects.order_by("n").values_list("text", flat=True)) == AWKWARD
    assert list(Step.objects.order_by("n").values_list("name", flat=True)) == AWKWARD


@pytest.mark.parametrize("uuid", ["a.b/c", "new\nline", "x" * 255, "ø 漢字 🎉", "%s", "'\"\\"])
def test_every_id_comes_back_as_it_went_in(sink: DatabaseSink, uuid: str) -> None:
    sink.store([a_change(uuid, a_run("r"))])
    sink.store([a_change(uuid, a_run("r", messages=[a_line(1)]))])
    assert TaskLog.objects.values_list("task_uuid", "seq").get() == (uuid, 2)


def test_ids_that_differ_in_the_smallest_thing_are_two_logs(sink: DatabaseSink) -> None:
    uuids = ["id", "ID", "Id", "i\u0307d", "id ", " id", "íd", "id\n"]
    sink.store([a_change(uuid, a_run(f"run of {uuid!r}")) for uuid in uuids])
    assert set(TaskLog.objects.values_list("task_uuid", flat=True)) == set(uuids)
    assert Attempt.objects.count() == len(uuids)


def test_numbers_and_places_may_be_as_large_as_a_branch_makes_them(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r", messages=[a_line(2**63 - 1, 1)], steps=[a_step(2**52, 2**62, 1)]))])
    assert (Message.objects.get().n, Step.objects.get().number) == (2**63 - 1, 2**52)


@pytest.mark.parametrize("parameters", [None, 100, 7])
def test_rows_are_divided_as_the_database_needs_it(
    sink: DatabaseSink, database: str, monkeypatch: pytest.MonkeyPatch, parameters: int | None
) -> None:
    changes = [a_change(f"t{number}", a_run(f"r{number}")) for number in range(20)]
    sink.store([a_change("warm")])
    wrapper: Any = sink._connection._wrapper
    monkeypatch.setattr(type(wrapper.features), "max_query_params", parameters)
    sink.store(changes)
    assert (TaskLog.objects.filter(attempts=1).count(), Attempt.objects.count()) == (20, 20)


def test_many_rows_go_in_portions(sink: DatabaseSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progress_updater.writing.store.PORTION", 7)
    monkeypatch.setattr(messages, "KEYS_A_DELETE", 3)
    lines = [a_line(n) for n in range(1, 31)]
    sink.store([a_change("t", a_run("r", messages=lines, steps=[a_step(n, n) for n in range(1, 31)]))])
    sink.store(
        [a_change("t", a_run("r", messages=[a_line(40, 1, replace="x", replaces=tuple(range(1, 11)))]))]
    )
    assert (Message.objects.count(), Step.objects.count(), log_of("t").seq) == (21, 30, 31)


@pytest.mark.needs("mariadb")
def test_a_server_that_returns_nothing_is_asked_afterwards(
    sink: DatabaseSink, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if vendor != "mysql":
        return
    changes = [a_change("a", a_run("r", messages=[a_line(1)], steps=[a_step(1, 2)])), a_settlement("b")]
    sink.store(changes)
    expected = tables()
    TaskLog.objects.all().delete()
    sink.rest()
    monkeypatch.setattr("django.db.backends.mysql.base.DatabaseWrapper.mysql_is_mariadb", False)
    sink.store(changes)
    assert tables() == expected


def test_a_vendor_that_nobody_knows_gets_the_shared_form() -> None:
    class Unknown:
        vendor = "new"
        ops = connection.ops

    assert type(dialect_of(Unknown())) is Dialect  # type: ignore[arg-type]


def test_each_vendor_has_its_own(database: str) -> None:
    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MariaDB"}
    assert type(dialect_of(connections[database])).__name__ == names[connections[database].vendor]
