"""How often, and when, a process says that it is alive."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from celery import shared_task

from progress_updater import TaskUpdater, notify, step
from progress_updater.models import Attempt, Process, TaskLog
from progress_updater.recording.guard import guard
from progress_updater.recording.process import this_process
from progress_updater.upkeep import heartbeat
from progress_updater.upkeep.heartbeat import Heartbeat
from progress_updater.writing.channels import flush
from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import execute
from tests.rows import a_log, heard_of
from tests.upkeep.workers import SHORT
from tests.waiting import wait_until
from tests.writing.changes import a_recorder
from tests.writing.programs import run_program

gates: dict[str, Event] = {}


@shared_task
def waits(gate: str) -> None:
    """Wait inside a step until a test opens the gate."""
    with step("Wait"):
        notify("waiting")
        gates[gate].wait(120)


@contextmanager
def running(count: int = 1) -> Iterator[list[str]]:
    """Run tasks in threads of this process, and yield their ids when they are stored."""
    ids = [f"task {number}" for number in range(count)]
    gates.update({task_id: Event() for task_id in ids})
    threads = [Thread(target=partial(waits.apply, (each,), task_id=each)) for each in ids]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: TaskLog.objects.filter(steps__state="STARTED").count() == count)
        yield ids
    finally:
        for gate in gates.values():
            gate.set()
        for thread in threads:
            thread.join()
    assert flush(60)


def beats() -> Any:
    """Return the latest heartbeat of this process."""
    return Process.objects.get(token=this_process().token).heartbeat


def updates(statements: list[str]) -> int:
    return sum("progress_updater_process" in sql for sql in statements if sql.startswith("UPDATE"))


def test_a_process_has_one_row_and_one_heart_for_all_its_tasks(short: None, statements: list[str]) -> None:
    with running(5):
        row = Process.objects.get()
        assert (row.host, row.pid) == (socket.gethostname(), os.getpid())
        assert set(Attempt.objects.values_list("process", flat=True)) == {row.pk}
        statements.clear()
        began = monotonic()
        for _ in range(3):
            before = beats()
            wait_until(lambda before=before: beats() != before)
        beaten = updates(statements)
    assert 2 <= beaten <= (monotonic() - began) / SHORT["HEARTBEAT"] + 2


def test_no_heart_beats_where_no_task_runs(short: None, statements: list[str]) -> None:
    with running():
        wait_until(lambda: beats() is not None)
    assert flush(60)
    statements.clear()
    assert not Event().wait(0.7)  # more than three beats
    assert statements == []


def test_a_task_that_comes_after_a_long_pause_is_alive_from_its_start(short: None, database: str) -> None:
    with running():
        pass
    execute(database, "UPDATE progress_updater_process SET started = '2001-01-01', heartbeat = NULL")
    assert not Event().wait(0.4)  # longer than a process may be silent without beating again
    TaskLog.objects.all().delete()
    with running():
        assert TaskLog.objects.with_silence().get().silence < 60  # not since 2001


def test_what_is_recorded_outside_celery_has_no_process(short: None) -> None:
    updater = TaskUpdater(task_name="outside")
    with updater("Step"):
        assert flush(60)
        assert Attempt.objects.get().process_id is None
    updater.raise_latest_exception()
    assert flush(60)
    assert Process.objects.count() == 0


def test_a_deleted_row_of_a_process_is_made_again_with_the_next_change(short: None, database: str) -> None:
    with running() as (task_id,):
        Process.objects.all().delete()
        wait_until(lambda: TaskLog.objects.with_silence().get().silence is None)
        assert not Event().wait(0.5)
        gates[task_id].set()
    assert TaskLog.objects.get().state == "SUCCESS"
    assert Attempt.objects.get().process_id == Process.objects.get().pk


def test_a_heart_that_fails_disturbs_no_record(short: None, failures: None, database: str) -> None:
    execute(database, "ALTER TABLE progress_updater_process RENAME TO gone")
    before = guard.failures
    try:
        with running() as (task_id,):
            wait_until(lambda: guard.failures > before)
            assert TaskLog.objects.get().messages.get().text == "waiting"
            gates[task_id].set()
        assert set(TaskLog.objects.values_list("state", "attempt_set__process")) == {("SUCCESS", None)}
    finally:
        execute(database, "ALTER TABLE gone RENAME TO progress_updater_process")


def test_who_waited_long_for_the_database_does_not_take_others_for_lost(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, run = a_log(), a_recorder(in_celery=True)
    heard_of(silent, 40)
    asked: list[str] = []
    passed = [0.0]
    monkeypatch.setattr(heartbeat, "reap", lambda task_uuid, run: asked.append(task_uuid))
    monkeypatch.setattr(heartbeat, "monotonic", lambda: monotonic() + passed[0])
    sink = DatabaseSink(database)
    sink.running[run.run] = 0.0
    heart, really_ask = Heartbeat(sink), sink.ask

    def ask_slowly(work: Any) -> Any:
        passed[0] += 40
        return really_ask(work)

    with monkeypatch.context() as patch:
        patch.setattr(sink, "ask", ask_slowly)
        heart.attend()
    for _ in range(5):
        passed[0] += 5
        heart.attend()
    assert asked == []  # they have had no time to say that they are alive
    for _ in range(2):
        passed[0] += 5
        heart.attend()
    assert silent.task_uuid in asked
    sink.rest()


FORKS = """
from celery import shared_task
from progress_updater.models import Process

@shared_task
def work():
    notify("working")

work.apply()
assert flush(60)
child = os.fork()
if not child:
    work.apply()
    os._exit(0 if flush(60) else 1)
assert os.waitpid(child, 0)[1] == 0
shown = set(Attempt.objects.values_list("process__pid", flat=True))
print(shown == {os.getpid(), child}, Process.objects.count(), guard.failures)
"""


@pytest.mark.processes
def test_a_forked_child_is_a_process_of_its_own(database: str) -> None:
    assert run_program(database, FORKS).split() == ["True", "2", "0"]
