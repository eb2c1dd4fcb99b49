"""A journal is stored in the time that it needs itself, whatever else is in it, or beside it."""

import sqlite3
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created

from progress_updater import states
from progress_updater.models import Message, TaskLog
from progress_updater.settings import current
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.journal.segments import HEADER
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.journal.test_recovery import NEVER_RECOVERS, _die, folder  # noqa: F401 (a fixture)

SHORT_RUNS = 40


def test_short_runs_that_are_stored_cost_nothing_when_their_process_is_killed_later(
    database: str,
    folder: Path,  # noqa: F811
    sink: DatabaseSink,
    statements: list[str],
) -> None:
    program = f"""
from progress_updater.writing.channels import channel
for number in range({SHORT_RUNS}):
    TaskUpdater(task_uuid=f"short {{number}}").finish()
TaskUpdater(task_uuid="goes on").__enter__()
assert flush(60)
channel()._turn.take()
notify("last")
"""
    _die(database, folder, program, first=NEVER_RECOVERS)
    assert recover(sink, folder) == 1
    assert Message.objects.filter(text="last").count() == 1
    assert TaskLog.objects.get(task_uuid="goes on").state == states.LOST
    assert len(statements) < SHORT_RUNS


def test_counts_are_brought_up_to_date_by_the_key_of_the_log(
    database: str,
    folder: Path,  # noqa: F811
    sink: DatabaseSink,
    statements: list[str],
) -> None:
    _die(database, folder, "TaskUpdater(task_uuid='one').__enter__(); notify('said')")
    recover(sink, folder)
    table, key = map(connections[database].ops.quote_name, (TaskLog._meta.db_table, "id"))
    updates = [statement for statement in statements if statement.startswith(f"UPDATE {table} SET")]
    assert updates
    assert all(f"WHERE {key} = " in statement for statement in updates)


def test_more_runs_than_sqlite_takes_in_one_statement_are_recovered(
    sqlite_database: str, tmp_path: Path, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path}
    folder = journal_folder(current())  # noqa: F811
    assert folder is not None
    program = "for n in range(150): TaskUpdater(task_uuid=f't{n}', owner=str(n)).__enter__()"
    _die(sqlite_database, folder, program)
    sink = DatabaseSink(sqlite_database)
    connection_created.connect(_take_few_values)
    try:
        assert recover(sink, folder) == 1
    finally:
        connection_created.disconnect(_take_few_values)
        sink.rest()
    assert TaskLog.objects.filter(state=states.LOST).count() == 150


def _take_few_values(connection: Any, **_: Any) -> None:
    connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)


def test_a_journal_that_nobody_can_read_keeps_no_other_from_being_stored(
    database: str,
    folder: Path,  # noqa: F811
    sink: DatabaseSink,
    failures: None,
) -> None:
    _die(database, folder, "TaskUpdater(task_uuid='one').notify('said')")
    for path in (*folder.glob("[0-9]*.lock"), *folder.glob("*.journal")):
        path.rename(path.with_name(f"0-{path.name.partition('-')[2]}"))  # the first to be read
    (unreadable,) = folder.glob("*.journal")
    written = unreadable.read_bytes()
    unreadable.write_bytes(written[:HEADER] + b"[0,1]\n" + written[HEADER:])
    _die(database, folder, "TaskUpdater(task_uuid='two').notify('said')")
    assert recover(sink, folder) == 1
    assert TaskLog.objects.get().task_uuid == "two"
    assert list(folder.glob("*.journal")) == [unreadable]
