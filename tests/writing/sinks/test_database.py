"""Rows that a database refuses, tables that are not there, servers that are away."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from progress_updater import TaskUpdater, states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.changes import Identity
from progress_updater.recording.guard import guard
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.poison import REFUSED
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.writer import Writer
from tests.databases import execute, migrate
from tests.waiting import wait_until
from tests.writing.changes import a_change, a_line, a_recorder, a_run, a_settlement, a_step, log_of, texts

TRIGGERS = {
    "sqlite": """CREATE TRIGGER poison BEFORE INSERT ON {table} WHEN NEW.{column} = 'bad'
        BEGIN SELECT RAISE(ABORT, 'poison'); END""",
    "mysql": """CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW
        IF NEW.{column} = 'bad' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF""",
    "postgresql": """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.{column} = 'bad' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION poison()""",
}
UNDO = {"sqlite": "DROP TRIGGER poison", "mysql": "DROP TRIGGER poison"}

Refuse = Callable[[Any, str], None]


@pytest.fixture
def refuse(database: str, vendor: str, failures: None) -> Iterator[Refuse]:
    """Make the database refuse the value "bad" in a column: refuse(model, column)."""
    made = []

    def make(model: Any, column: str) -> None:
        execute(database, TRIGGERS[vendor].format(table=model._meta.db_table, column=column))
        made.append(model)

    yield make
    if made:
        execute(database, UNDO.get(vendor, "DROP FUNCTION poison CASCADE"))


def _gaps() -> list[str]:
    return list(Message.objects.filter(source="gap").values_list("text", flat=True))


@pytest.fixture
def writer(sink: DatabaseSink) -> Writer:
    return Writer(sink, 0.25)


def test_one_bad_line_among_the_good_ones_of_five_tasks(writer: Writer, refuse: Refuse) -> None:
    refuse(Message, "text")
    before = guard.failures
    recorders = [a_recorder(channel=writer) for _ in range(5)]
    for recorder in recorders:
        recorder.announce()
    assert writer.flush(60)
    for number in range(40):
        for recorder in recorders:
            is_bad = recorder is recorders[2] and number == 17
            recorder.say(recorder.root, "bad" if is_bad else f"line {number}")
    assert writer.flush(60)
    good = [f"line {number}" for number in range(40)]
    for recorder in recorders:
        is_bad = recorder is recorders[2]
        assert texts(recorder.task_uuid) == ([*good[:17], REFUSED, *good[18:]] if is_bad else good)
        assert log_of(recorder.task_uuid).state == states.STARTED
    assert _gaps() == [REFUSED]
    assert Message.objects.get(source="gap").data == {"count": 1}
    assert guard.failures == before + 1


def test_a_constraint_that_is_broken_is_a_refusal_too(
    sink: DatabaseSink, database: str, vendor: str, failures: None
) -> None:
    if vendor == "sqlite":  # which adds no constraint to a table that is there
        execute(database, "CREATE UNIQUE INDEX poison ON progress_updater_message (text) WHERE text = 'bad'")
    else:
        execute(database, "ALTER TABLE progress_updater_message ADD CONSTRAINT poison CHECK (text <> 'bad')")
    try:
        bad = [a_line(1, text="first"), a_line(2, text="bad"), a_line(3, text="bad"), a_line(4, text="last")]
        sink.store([a_change("t", a_run("r", messages=bad))])
    finally:
        table = "" if vendor == "sqlite" else "ALTER TABLE progress_updater_message "
        execute(database, f"{table}DROP {'INDEX' if vendor == 'sqlite' else 'CONSTRAINT'} poison")
    refused = [REFUSED] * (1 if vendor == "sqlite" else 2)
    assert texts("t") == ["first", *(["bad"] if vendor == "sqlite" else []), *refused, "last"]


def test_lines_around_bad_ones_keep_their_order(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(Message, "text")
    said = ["bad" if n in {1, 7, 8, 20} else f"line {n}" for n in range(1, 21)]
    sink.store([a_change("t", a_run("r", messages=[a_line(n, text=text) for n, text in enumerate(said, 1)]))])
    assert texts("t") == [REFUSED if text == "bad" else text for text in said]
    assert list(Message.objects.order_by("seq").values_list("n", flat=True)) == list(range(1, 21))


def test_a_bad_step_keeps_its_place_and_loses_its_name(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(Step, "name")
    steps = [a_step(1, 1), a_step(2, 2, parent=1, name="bad"), a_step(3, 3, parent=2)]
    sink.store([a_change("t", a_run("r", steps=steps, messages=[a_line(4)])), a_change("u", a_run("s"))])
    names = Step.objects.order_by("number").values_list("name", "parent", "state")
    assert list(names) == [("step 1", None, "STARTED"), ("?", 1, "STARTED"), ("step 3", 2, "STARTED")]
    assert (texts("t"), _gaps()) == (["line 4"], [])


def test_a_bad_name_of_a_task_costs_it_its_name_alone(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(TaskLog, "task_name")
    bad = Identity(task_name="bad", owner="7")
    run = a_run("r", messages=[a_line(n) for n in range(1, 30)], steps=[a_step(1, 30)])
    sink.store([a_change("a"), a_change("t", run, identity=bad), a_change("u", a_run("s"))])
    assert dict(TaskLog.objects.values_list("task_uuid", "task_name")) == {"a": "TEST", "t": "?", "u": "TEST"}
    assert (log_of("t").state, log_of("t").attempts, Step.objects.count()) == (states.STARTED, 1, 1)
    assert texts("t") == [f"line {n}" for n in range(1, 30)]


def test_a_bad_name_of_a_task_that_was_sent(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(TaskLog, "task_name")
    sink.store([a_change("t", identity=Identity(task_name="bad")), a_change("u")])
    assert dict(TaskLog.objects.values_list("task_uuid", "task_name")) == {"t": "?", "u": "TEST"}


def test_a_bad_text_of_a_settlement_costs_it_its_text(sink: DatabaseSink, refuse: Refuse) -> None:
    from tests.writing.changes import FAILURE

    refuse(TaskLog, "exception_type")
    bad = type(FAILURE)(type="bad", text="x", step=None, traceback=None)
    sink.store([a_settlement("t", failure=bad), a_change("u")])
    assert (log_of("t").state, log_of("t").exception_type) == (states.FAILURE, None)


def test_a_log_whose_id_is_refused_keeps_no_other_from_being_stored(
    sink: DatabaseSink, refuse: Refuse
) -> None:
    refuse(TaskLog, "task_uuid")
    before = guard.failures
    bad = a_change("bad", a_run("r", messages=[a_line(1), a_line(2)]))
    sink.store([a_change("a"), bad, a_change("z", a_run("s", messages=[a_line(1)]))])
    assert set(TaskLog.objects.values_list("task_uuid", flat=True)) == {"a", "z"}
    assert guard.failures == before + 1


def test_a_log_whose_id_is_refused_waits_while_it_is_the_only_one(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(TaskLog, "task_uuid")
    with pytest.raises(StoreLater):
        sink.store([a_change("bad", a_run("r", messages=[a_line(1)]))])


def test_a_table_that_takes_no_row_at_all_costs_no_line(
    sink: DatabaseSink, refuse: Refuse, database: str
) -> None:
    refuse(Message, "source")
    change = a_change("t", a_run("r", messages=[a_line(n, source="bad") for n in range(1, 9)]))
    gap = a_change("t", a_run("r", messages=[a_line(9, 1, source="notify")]))
    sink.store([gap])
    execute(database, f"ALTER TABLE {Message._meta.db_table} RENAME COLUMN public TO published")
    try:
        with pytest.raises(StoreLater):
            sink.store([change])
    finally:
        execute(database, f"ALTER TABLE {Message._meta.db_table} RENAME COLUMN published TO public")


def test_after_bad_rows_the_sink_goes_on_as_before(sink: DatabaseSink, refuse: Refuse) -> None:
    refuse(Message, "text")
    sink.store([a_change("t", a_run("r", messages=[a_line(1, text="bad")]))])
    sink.store([a_change("t", a_run("r", states.SUCCESS, messages=[a_line(2)]))])
    assert texts("t") == [REFUSED, "line 2"]
    assert Attempt.objects.values_list("number", "state").get() == (1, states.SUCCESS)


# ---------------------------------------------------------------- away


def test_without_tables_one_line_says_what_to_do_and_nothing_is_lost(
    unmigrated: str, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "progress_updater"):
        updater = TaskUpdater(task_name="TEST")
        from progress_updater.writing.channels import channel, flush

        with updater("First"):
            updater.notify("one")
            assert not flush(0.3)
            updater.notify("two")
        wait_until(lambda: guard.failures and caplog.records, 60, "the log tells")
        updater.notify("three")
        assert not flush(0.3)
    assert [record.exc_info for record in caplog.records] == [None]
    assert f"manage.py migrate --database {unmigrated})" in caplog.text
    assert "Traceback" not in caplog.text
    migrate(unmigrated)
    assert flush(60)
    assert texts(updater.task_uuid) == ["one", "two", "three"]
    channel().sink.rest()


@pytest.fixture
def away(database: str) -> Iterator[Callable[[], None]]:
    """Make new connections fail until it is called."""
    settings = connections[database].settings_dict
    kept = {name: settings[name] for name in ("PORT", "NAME", "HOST")}
    if connections[database].vendor == "sqlite":
        settings["NAME"] = "/nowhere/at/all.sqlite3"
    else:
        settings["HOST"], settings["PORT"] = "127.0.0.1", "9"
    yield lambda: settings.update(kept)
    settings.update(kept)


def test_a_server_that_refuses_connections_gets_all_when_it_is_back(
    database: str, away: Callable[[], None], failures: None
) -> None:
    sink = DatabaseSink(database)
    writer = Writer(sink, 0.05)
    recorder = a_recorder("t", channel=writer)
    recorder.announce()
    for number in range(20):
        recorder.say(recorder.root, number)
    assert not writer.flush(0.3)
    away()
    recorder.say(recorder.root, "back")
    assert writer.flush(60)
    assert texts("t") == [*map(str, range(20)), "back"]
    sink.rest()


def test_a_connection_that_is_cut_is_made_anew(
    writer: Writer, sink: DatabaseSink, database: str, vendor: str, failures: None
) -> None:
    recorder = a_recorder("t", channel=writer)
    recorder.announce()
    assert writer.flush(60)
    _cut(database, vendor, sink)
    recorder.say(recorder.root, "after")
    assert writer.flush(60)
    assert texts("t") == ["after"]
    sink.rest()


def _cut(alias: str, vendor: str, sink: DatabaseSink) -> None:
    wrapper: Any = sink._connection._wrapper
    if vendor == "postgresql":
        execute(alias, f"SELECT pg_terminate_backend({wrapper.connection.info.backend_pid})")
    elif vendor == "mysql":
        execute(alias, f"KILL {wrapper.connection.thread_id()}")
    else:
        wrapper.connection.close()


IMPATIENT: dict[str, dict[str, Any]] = {
    "sqlite": {"timeout": 0.05},
    "mysql": {"init_command": "SET innodb_lock_wait_timeout = 1"},
    "postgresql": {"options": "-c lock_timeout=50"},
}


@contextmanager
def _locked(alias: str) -> Iterator[None]:
    holder = connections[alias]
    holder.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    execute(alias, "UPDATE progress_updater_tasklog SET cancel_requested = cancel_requested")
    yield
    holder.rollback()
    holder.set_autocommit(True)


def test_a_lock_that_somebody_holds_delays_and_loses_nothing(
    database: str, vendor: str, failures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = DatabaseSink(database)
    sink.store([a_change("t", a_run("r"))])
    sink.rest()
    options = connections[database].settings_dict["OPTIONS"]
    monkeypatch.setitem(connections[database].settings_dict, "OPTIONS", options | IMPATIENT[vendor])
    with _locked(database):
        for _ in range(2 if vendor == "mysql" else 5):
            with pytest.raises(StoreLater):
                sink.store([a_change("t", a_run("r", messages=[a_line(1)]))])
    sink.store([a_change("t", a_run("r", messages=[a_line(1)]))])
    assert (texts("t"), _gaps()) == (["line 1"], [])
    sink.rest()


def test_what_is_known_of_ended_runs_is_forgotten(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r")), a_change("u", a_run("s"))])
    assert set(sink._attempts) == {"r", "s"}
    sink.store([a_change("t", a_run("r", states.SUCCESS)), a_settlement("u")])
    assert set(sink._attempts) == {"s"}
