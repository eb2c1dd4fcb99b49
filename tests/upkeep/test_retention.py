"""What a process in which tasks run deletes by itself, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from celery import shared_task
from django.db import connections

from progress_updater import TaskUpdater, notify, states
from progress_updater.models import Message, Process, TaskLog, TaskTree
from progress_updater.recording.guard import guard
from progress_updater.recording.process import this_process
from progress_updater.settings import current
from progress_updater.upkeep import retention
from progress_updater.upkeep.retention import Retention
from progress_updater.writing.channels import flush
from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import execute
from tests.rows import a_log
from tests.upkeep.logs import a_waiting_log, an_ended_log, days_ago, left, rows, small_batches
from tests.waiting import wait_until

KEEP = {"SUCCESS": 30, "FAILURE": None, "*": 90}


@pytest.fixture
def keeps(short: None, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "KEEP": KEEP}


class _Turn:
    """A process whose turn can come again at once."""

    def __init__(self) -> None:
        self.sink = DatabaseSink(current().DATABASE)
        self.retention = Retention(self.sink)
        self.sink.ask(lambda dialect, cursor: self.sink.processes.id_of(dialect, cursor, this_process()))

    def come(self) -> None:
        Process.objects.update(pruned=None)
        self.retention.attend()


@pytest.fixture
def turn(keeps: None) -> Iterator[_Turn]:
    made = _Turn()
    yield made
    made.sink.rest()


def test_logs_go_with_all_their_rows_when_they_are_older_than_their_outcome_is_kept(turn: _Turn) -> None:
    kept = {
        an_ended_log(29).task_uuid,
        an_ended_log(31, states.REVOKED).task_uuid,
        an_ended_log(10_000, states.FAILURE).task_uuid,
        a_log(created=days_ago(1_000)).task_uuid,
    }
    before = rows()
    an_ended_log(31)
    an_ended_log(91, states.LOST)
    turn.come()
    assert left() == kept
    assert rows() == before


@pytest.mark.parametrize("state", [states.PENDING, states.RETRY])
def test_logs_of_tasks_that_wait_for_too_long_go_too(turn: _Turn, state: str) -> None:
    kept = {
        a_waiting_log(89, state).task_uuid,
        a_waiting_log(100, state, eta=days_ago(-1)).task_uuid,
        a_waiting_log(100, state, eta=days_ago(89)).task_uuid,
        a_waiting_log(100, state, updated=days_ago(1)).task_uuid,
    }
    a_waiting_log(91, state)
    a_waiting_log(100, state, eta=days_ago(91))
    turn.come()
    assert left() == kept


@pytest.mark.parametrize(
    ("another", "is_kept"),
    [
        ({"state": states.STARTED}, True),
        ({"eta": days_ago(-1)}, True),
        ({"updated": days_ago(1)}, True),
        ({}, False),
    ],
)
def test_a_task_that_waits_for_another_one_is_kept_as_long_as_that_one_may_come(
    turn: _Turn, another: dict[str, Any], is_kept: bool
) -> None:
    waiting, sent = (a_waiting_log(100, tree="tree", queued=queued) for queued in (None, days_ago(100)))
    a_waiting_log(100, tree="tree", **another)
    turn.come()
    assert (waiting.task_uuid in left()) is is_kept
    assert sent.task_uuid not in left()


def test_tasks_that_wait_are_kept_as_long_as_the_setting_says(turn: _Turn, settings: Any) -> None:
    kept = {a_waiting_log(1_000, states.RETRY).task_uuid, a_waiting_log(6).task_uuid}
    a_waiting_log(8)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "KEEP": {"PENDING": 7}}
    turn.come()
    assert left() == kept


def test_a_task_that_begins_after_its_log_was_deleted_has_one_again(turn: _Turn) -> None:
    log = a_waiting_log(91)
    turn.come()
    assert left() == set()
    says_something.apply(task_id=log.task_uuid)
    assert flush(60)
    assert TaskLog.objects.get().state == states.SUCCESS


def test_a_batch_takes_the_oldest_ones(turn: _Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    young, old = an_ended_log(31), an_ended_log(32)
    with small_batches(monkeypatch, rows=1 + TaskLog.objects.get(pk=old.pk).seq):
        turn.come()
    assert left() == {young.task_uuid}


def test_a_log_with_very_many_lines_goes_in_several_batches_and_last_of_all(
    turn: _Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_ended_log(31).say_many(25)
    with small_batches(monkeypatch, rows=10):
        turn.come()
        assert (TaskLog.objects.count(), Message.objects.count()) == (1, 16)
        turn.come()
        turn.come()
    assert rows() == [0] * 5


def test_one_batch_a_minute_whoever_asks(keeps: None) -> None:
    turns = [_Turn() for _ in range(4)]
    for days in range(40, 50):
        an_ended_log(days)
    together, allowed = Barrier(len(turns)), []

    def ask(turn: _Turn) -> None:
        together.wait()
        allowed.append(turn.sink.ask(lambda dialect, cursor: retention.takes_turn(dialect, cursor, 60)))
        turn.sink.rest()

    threads = [Thread(target=ask, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False, False, False, True]
    turns[0].retention.attend()
    assert len(left()) == 10
    Process.objects.update(pruned=days_ago(1))
    turns[0].retention.attend()
    assert left() == set()
    turns[0].sink.rest()


def test_it_looks_once_a_minute_and_only_where_tasks_have_run(turn: _Turn) -> None:
    turn.retention._next = 0
    assert turn.retention.pause() == 0
    turn.retention.attend()
    assert turn.retention.pause() is None
    idle = Retention(DatabaseSink(current().DATABASE))
    idle._next = 0
    assert idle.pause() is None


def test_after_a_full_batch_the_same_process_comes_again_soon_and_no_other_one_does(
    turn: _Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SOON", 0.02)
    monkeypatch.setattr(retention, "LOGS", 2)
    other = _Turn()
    for days in range(40, 45):
        an_ended_log(days)
    turn.come()
    for remaining in (3, 1):
        assert len(left()) == remaining
        other.retention.attend()
        assert len(left()) == remaining
        assert turn.retention.pause() is not None
        wait_until(lambda: turn.retention.pause() == 0)
        turn.retention.attend()
    assert left() == set()
    assert turn.retention.pause() is None
    other.sink.rest()


def test_a_log_with_very_many_lines_is_a_full_batch(turn: _Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    an_ended_log(31).say_many(25)
    with small_batches(monkeypatch, rows=10):
        turn.come()
    assert turn.retention.pause() is not None


@pytest.mark.parametrize("keep", [{}, {"SUCCESS": None}])
def test_what_is_kept_for_ever_stays(turn: _Turn, settings: Any, keep: dict) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "KEEP": keep}
    log = an_ended_log(10_000)
    turn.come()
    assert left() == {log.task_uuid}


def test_a_log_that_somebody_is_changing_is_left_alone(turn: _Turn, vendor: str) -> None:
    if vendor == "sqlite":
        return  # one transaction at a time: nobody can be changing it
    locked, free = an_ended_log(40), an_ended_log(35)
    connection = connections[current().DATABASE]
    connection.set_autocommit(False)
    try:
        execute(connection.alias, f"UPDATE progress_updater_tasklog SET seq = seq + 1 WHERE id = {locked.pk}")
        turn.sink.ask(turn.retention._delete_logs)
    finally:
        connection.rollback()
        connection.set_autocommit(True)
    assert free.task_uuid not in left()
    assert locked.task_uuid in left()


def test_a_tree_goes_with_the_last_of_its_tasks(turn: _Turn) -> None:
    for key in ("gone", "stays"):
        TaskTree.objects.create(key=key, tasks=2, updated=days_ago(31))
        an_ended_log(31, tree=key)
    an_ended_log(1, tree="stays")
    turn.come()
    assert list(TaskTree.objects.values_list("key", flat=True)) == ["stays"]


def test_dead_processes_without_attempts_go_after_the_longest_time(turn: _Turn) -> None:
    made = {}
    for token, days in (("old", 91), ("used", 91), ("young", 89)):
        made[token] = Process.objects.create(token=token, host="host", pid=1, started=days_ago(days))
    a_log(started=False)
    log = a_log(started=False)
    log.attempt(process=made["used"])
    turn.come()
    assert set(Process.objects.values_list("token", flat=True)) == {"used", "young", this_process().token}


def test_a_failure_is_reported_and_hurts_no_record(turn: _Turn, failures: None, database: str) -> None:
    log = an_ended_log(31)
    before = guard.failures
    execute(database, "ALTER TABLE progress_updater_tasktag RENAME TO gone")
    try:
        turn.come()
        assert guard.failures == before + 1
    finally:
        execute(database, "ALTER TABLE gone RENAME TO progress_updater_tasktag")
    assert left() == {log.task_uuid}
    assert Message.objects.count() == 1
    turn.come()
    assert left() == set()


@shared_task
def says_something() -> None:
    """Say something."""
    notify("said")


def test_a_process_in_which_tasks_run_deletes_by_itself(keeps: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    old = an_ended_log(31)
    says_something.apply()
    assert flush(60)
    wait_until(lambda: old.task_uuid not in left())
    assert TaskLog.objects.count() == 1


def test_a_log_that_was_deleted_while_its_worker_writes_is_made_again(keeps: None) -> None:
    with TaskUpdater(task_uuid="one", task_name="TEST") as updater:
        updater.notify("before")
        assert flush(60)
        log = TaskLog.objects.get()
        Message.objects.all().delete()
        log.delete()
        updater.notify("after")
        assert flush(60)
        assert TaskLog.objects.get().messages.get().text == "after"
    assert flush(60)
