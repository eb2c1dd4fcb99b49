"""How far a whole tree of tasks is, as it is counted on each database."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from progress_updater import states
from progress_updater.models import TaskLog, TaskTree
from progress_updater.recording.changes import CountChange, Identity, LogChange
from progress_updater.settings import current
from progress_updater.writing import trees
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sinks.inline import InlineSink
from progress_updater.writing.sources import loss
from progress_updater.writing.trees import AGAIN, LATEST, SHARE, Touched, TreeCounts
from tests.rows import a_log, heard_of
from tests.writing.changes import a_change, a_line, a_run, a_settlement, told

ROOT = Identity(task_name="TEST", tree="tree")


def member(task_uuid: str, state: str | None = None, percent: float | None = None) -> LogChange:
    """Say something of a task of the tree: that it was sent, or how it stands."""
    if state is None:
        return a_change(task_uuid, identity=ROOT)
    change = a_change(task_uuid, a_run(f"run of {task_uuid}", state), identity=ROOT)
    return told(change, count=CountChange(percent=percent))


def count(sink: DatabaseSink, *changes: LogChange) -> tuple[int, int, int, float]:
    """Store changes, count at once, and return what is counted: tasks, done, failed, percent."""
    if changes:
        sink.store(list(changes))
    counts = TreeCounts(sink)
    counts.hurry()
    counts.attend()
    tree = TaskTree.objects.get(key="tree")
    return tree.tasks, tree.done, tree.failed, tree.percent


def test_each_task_counts_the_same(sink: DatabaseSink) -> None:
    assert count(sink, *(member(task) for task in "abcd")) == (4, 0, 0, 0.0)
    assert count(sink, member("a", states.SUCCESS)) == (4, 1, 0, 25.0)
    assert count(sink, member("b", states.STARTED, percent=50.0)) == (4, 1, 0, 37.5)
    assert count(sink, member("b", states.FAILURE)) == (4, 2, 1, 50.0)
    assert count(sink, a_settlement("c", states.IGNORED), a_settlement("d", states.REVOKED)) == (
        4, 4, 2, 100.0,
    )  # fmt: skip


def test_the_percentage_never_falls(sink: DatabaseSink) -> None:
    count(sink, member("a", states.SUCCESS), member("b"))
    assert count(sink, member("c"), member("d")) == (4, 1, 0, 50.0)
    assert count(sink, member("b", states.SUCCESS), member("c", states.SUCCESS)) == (4, 3, 0, 75.0)


def test_a_task_whose_log_was_deleted_counts_as_done(sink: DatabaseSink) -> None:
    count(sink, member("a", states.SUCCESS), member("b", states.FAILURE), member("c"), member("d"))
    TaskLog.objects.filter(task_uuid__in=["a", "b"]).delete()
    assert count(sink, member("c", states.STARTED)) == (4, 2, 1, 50.0)
    assert count(sink, member("c", states.SUCCESS)) == (4, 3, 1, 75.0)
    assert count(sink, member("d", states.SUCCESS)) == (4, 4, 1, 100.0)
    TaskLog.objects.all().delete()
    sink.touched.add(["tree"])
    assert count(sink) == (4, 4, 1, 100.0)


def test_a_task_that_is_tried_again_has_not_failed(sink: DatabaseSink) -> None:
    count(sink, member("a", states.LOST), member("b"))
    again = a_change("a", a_run("another run", states.STARTED), identity=ROOT)
    assert count(sink, again)[1:3] == (0, 0)


def test_trees_are_counted_each_by_itself(sink: DatabaseSink) -> None:
    other = a_change("z", identity=Identity(task_name="TEST", tree="other"))
    alone = a_change("y", identity=Identity(task_name="TEST"))
    assert count(sink, member("a"), other, alone) == (1, 0, 0, 0.0)
    assert dict(TaskTree.objects.values_list("key", "tasks")) == {"tree": 1, "other": 1}


def test_a_change_that_does_not_name_the_tree_counts_too(sink: DatabaseSink) -> None:
    count(sink, member("a"), member("b"))
    nameless = a_change("a", a_run("r", states.SUCCESS), identity=Identity(task_name="TEST"))
    assert count(sink, nameless) == (2, 1, 0, 50.0)


def test_a_line_alone_moves_no_tree(sink: DatabaseSink) -> None:
    count(sink, member("a", states.STARTED))
    run = a_run("run of a", messages=[a_line(1)], attempt_changed=False)
    sink.store([a_change("a", run, identity=ROOT, new_identity=False)])
    assert sink.touched.keys == set()


def test_a_tree_that_was_just_counted_is_counted_later(sink: DatabaseSink, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "FLUSH_INTERVAL": 600.0}
    count(sink, member("a"))
    sink.store([member("b")])
    TreeCounts(sink).attend()
    assert sink.touched.keys == {"tree"}
    assert TaskTree.objects.get().tasks == 1
    assert count(sink) == (2, 0, 0, 0.0)


def test_writers_that_count_at_the_same_time_agree(database: str) -> None:
    sinks = [DatabaseSink(database) for _ in range(4)]

    def work(number: int) -> None:
        sink = sinks[number]
        for task in range(20):
            sink.store([member(f"{number}:{task}", states.SUCCESS)])
            counts = TreeCounts(sink)
            counts.hurry()
            counts.attend()
        sink.rest()

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sinks[0].touched.add(["tree"])
    assert count(sinks[0]) == (80, 80, 0, 100.0)
    sinks[0].rest()


def test_the_inline_sink_counts_at_once(database: str) -> None:
    InlineSink(database).store([member("a", states.SUCCESS), member("b")])
    assert TaskTree.objects.values_list("tasks", "done", "percent").get() == (2, 1, 50.0)


def test_what_a_dead_process_has_not_counted_is_counted_when_its_last_task_is_lost(
    sink: DatabaseSink,
) -> None:
    ended, long_ago, last, elsewhere = (a_log(tree=tree) for tree in ("new", "old", None, "other"))
    process = heard_of(last, 60)
    for log, seconds in ((ended, 61), (long_ago, 300), (elsewhere, 61)):
        log.finish()
        moment = timezone.now() - timedelta(seconds=seconds)
        here = None if log is elsewhere else process
        log.set(end=moment)
        log.row.attempt_set.update(end=moment, process=here)
    change = loss(last.task_uuid, last.row.run, 30).collect()
    assert change is not None
    sink.store([change])
    assert last.row.state == states.LOST
    assert sink.touched.keys == {"new"}


# ---------------------------------------------------------------- when it is counted


class AskedSink:
    """A sink without a database, on a clock that goes on only while it is asked.

    Attributes:
        asked: how often it was asked.
        error: what it raises.
        takes: seconds that it takes.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = 1_000.0
        monkeypatch.setattr(trees, "monotonic", lambda: self._now)
        self.touched = Touched()
        self.asked = 0
        self.error: Exception | None = None
        self.takes = 0.0

    def ask(self, work: Callable[..., Any]) -> Any:
        self.asked += 1
        self._now += self.takes
        if self.error is not None:
            raise self.error
        return []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> AskedSink:
    return AskedSink(monkeypatch)


def test_without_a_change_there_is_nothing_to_do(asked: AskedSink) -> None:
    counts = TreeCounts(asked)
    assert counts.pause() is None
    assert not counts.hurry()
    counts.attend()
    assert asked.asked == 0


def test_it_is_counted_when_the_tasks_are_quiet(asked: AskedSink) -> None:
    asked.touched.add(["tree"])
    assert TreeCounts(asked).pause() == current().FLUSH_INTERVAL


def test_it_is_counted_after_a_second_at_the_latest(asked: AskedSink) -> None:
    asked.touched.add(["tree"])
    asked.touched.first -= LATEST
    asked.touched.add(["tree"])
    assert TreeCounts(asked).pause() == 0


def test_a_process_that_ends_counts_at_once(asked: AskedSink) -> None:
    counts = TreeCounts(asked)
    asked.touched.add(["tree"])
    assert counts.hurry()
    assert counts.pause() == 0
    counts.attend()
    assert (counts.pause(), asked.asked) == (None, 1)


def test_a_slow_count_is_followed_by_a_long_pause(asked: AskedSink) -> None:
    asked.takes = 0.1
    counts = TreeCounts(asked)
    asked.touched.add(["tree"])
    counts.attend()
    asked.touched.add(["tree"])
    assert counts.pause() == pytest.approx(SHARE * asked.takes)


@pytest.mark.usefixtures("failures")
def test_a_database_that_is_away_is_asked_later(asked: AskedSink) -> None:
    asked.error = StoreLater("away")
    counts = TreeCounts(asked)
    asked.touched.add(["tree"])
    counts.attend()
    assert asked.touched.keys == {"tree"}
    assert counts.pause() == AGAIN


def test_only_so_many_trees_are_counted_at_once(asked: AskedSink) -> None:
    asked.touched.add(map(str, range(500)))
    counts = TreeCounts(asked)
    left = []
    while asked.touched.keys:
        counts.attend()
        left.append(len(asked.touched.keys))
    assert left == [300, 100, 0]
    assert all(before > after for before, after in pairwise(left))
