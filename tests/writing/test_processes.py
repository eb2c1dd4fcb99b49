"""The searches of the upkeep: an index answers them, however many attempts there are."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from progress_updater.models import Attempt, Process, TaskLog, TaskTree
from progress_updater.recording.process import this_process
from progress_updater.writing.overdue import Overdue, _own_lost, _silent, overdue_attempts
from progress_updater.writing.sql import dialect_of
from tests.rows import a_log, heard_of


@pytest.mark.parametrize("search", [_silent, _own_lost])
def test_an_index_finds_the_attempts(sqlite_database: str, search: object) -> None:
    connection = connections[sqlite_database]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {search(dialect_of(connection))}", ["x"])
        plan = [row[-1] for row in cursor.fetchall()]
    assert any("progress_attempt_process" in line for line in plan), plan
    assert not any(line.startswith("SCAN") for line in plan), plan


def test_of_each_tree_one_task_is_found_that_others_wait_for(database: str) -> None:
    for tree in ("waits", "is done", "is counted"):
        for number in range(3):
            lost = a_log(task_uuid=f"{tree} {number}", tree=tree)
            lost.set(state="LOST", end=timezone.now() - timedelta(seconds=40))
        if tree != "is done":
            a_log(started=False, tree=tree).set(queued=None)
    TaskTree.objects.create(key="is counted", tasks=4, done=4, updated=timezone.now())
    TaskTree.objects.create(key="waits", tasks=4, done=3, updated=timezone.now())
    connection = connections[database]
    with connection.cursor() as cursor:
        found = overdue_attempts(dialect_of(connection), cursor, this_process(), 30)
    assert found == [Overdue("waits", "PENDING", "waits 0")]


def test_silent_processes_and_ones_own_lost_attempts_are_found(database: str) -> None:
    silent, fresh, ended, mine = (a_log() for _ in range(4))
    for log, seconds in ((silent, 40), (fresh, 20), (ended, 40), (mine, 40)):
        heard_of(log, seconds)
    ended.finish()
    mine.end_attempt("LOST")
    process = this_process()
    Process.objects.filter(pk=Attempt.objects.get(task_log=mine.pk).process_id).update(token=process.token)

    def found(silent_for: float | None) -> set[Overdue]:
        connection = connections[database]
        with connection.cursor() as cursor:
            return set(overdue_attempts(dialect_of(connection), cursor, process, silent_for))

    lost = Overdue(mine.current.run, "LOST", "")
    assert found(None) == {lost}
    assert found(30) == {lost, Overdue(silent.current.run, "STARTED", silent.task_uuid)}
    assert found(10) - found(30) == {Overdue(fresh.current.run, "STARTED", fresh.task_uuid)}
    assert TaskLog.objects.count() == 4
