"""What waits for a lost task never comes, unless that one comes back: on each database."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import pytest
from django.utils import timezone

from progress_updater import states
from progress_updater.models import TaskLog, TaskTree
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.upkeep.reaper import look_at_tree
from progress_updater.writing.channels import flush
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sources import look
from progress_updater.writing.trees import TreeCounts
from tests.writing.changes import a_change, a_run, a_settlement

SAYS = "It waits for “a”, which was lost with its worker; it comes only if that one comes again."


def call(name: str, previous: str | None = None, **identity: Any) -> Identity:
    return Identity(task_name=name, celery_name="shop.tasks.do", tree="tree", previous=previous, **identity)


def sent(name: str, previous: str | None = None, **identity: Any) -> LogChange:
    """Say that a task was sent, or will be."""
    return a_change(name, identity=call(name, previous, **identity))


def ran(name: str, state: str, run: str | None = None) -> LogChange:
    """Say how an attempt of a task stands."""
    return a_change(name, a_run(run or f"run of {name}", state), identity=call(name))


def count(sink: DatabaseSink) -> None:
    counts = TreeCounts(sink)
    counts.hurry()
    counts.attend()


def store(sink: DatabaseSink, *changes: LogChange) -> dict[str, str]:
    """Store changes, look at the tree, and return the states by task."""
    sink.store(list(changes))
    count(sink)
    change = look("a").collect()
    assert change is not None
    sink.store([change])
    count(sink)
    return dict(TaskLog.objects.values_list("task_uuid", "state"))


CHAIN = sent("a"), sent("b", "a"), sent("c", "b")
ALL_IGNORED = {"a": "LOST", "b": "IGNORED", "c": "IGNORED"}


def test_the_rest_of_a_chain_is_ignored_and_says_why(sink: DatabaseSink) -> None:
    assert store(sink, *CHAIN, ran("a", states.LOST)) == ALL_IGNORED
    for log in TaskLog.objects.exclude(task_uuid="a"):
        assert (log.exception, log.exception_type, log.start) == (SAYS, "WaitsForLost", None)
        assert log.end == log.updated
        assert log.end_seq == log.seq == 2
    tree = TaskTree.objects.get()
    assert (tree.tasks, tree.done, tree.failed, tree.percent) == (3, 3, 1, 100.0)


def test_it_is_settled_once(sink: DatabaseSink) -> None:
    store(sink, *CHAIN, ran("a", states.LOST))
    before = list(TaskLog.objects.values())
    store(sink)
    assert list(TaskLog.objects.values()) == before


def test_what_was_lost_a_moment_ago_may_still_come_back(sink: DatabaseSink) -> None:
    sink.store([*CHAIN, ran("a", states.LOST)])
    TaskLog.objects.filter(task_uuid="a").update(end=timezone.now())
    assert store(sink) == {"a": "LOST", "b": "PENDING", "c": "PENDING"}


def test_what_follows_a_group_waits_for_each_of_its_members(sink: DatabaseSink) -> None:
    header = [sent(name, group="g", position=place, queued=1.0) for place, name in enumerate("axy")]
    body, rest, other = sent("b", "g"), sent("c", "b"), sent("d", "x")
    found = store(sink, *header, body, rest, other, ran("a", states.LOST), ran("x", states.SUCCESS))
    assert found == {**ALL_IGNORED, "x": "SUCCESS", "y": "PENDING", "d": "PENDING"}


def test_what_was_sent_comes_whatever_was_lost(sink: DatabaseSink) -> None:
    waiting = sent("b", "a", queued=1.0)
    assert store(sink, sent("a"), waiting, sent("c", "b"), ran("a", states.LOST)) == {
        "a": "LOST", "b": "PENDING", "c": "PENDING",
    }  # fmt: skip


def test_a_task_that_comes_after_all_wins(sink: DatabaseSink) -> None:
    store(sink, *CHAIN, ran("a", states.LOST))
    assert store(sink, ran("b", states.STARTED))["b"] == "STARTED"
    assert store(sink, ran("b", states.SUCCESS))["b"] == "SUCCESS"
    log = TaskLog.objects.get(task_uuid="b")
    assert (log.exception, log.exception_type, log.attempts) == (None, None, 1)


@pytest.mark.parametrize("run", ["run of a", "another run"], ids=["the same run", "a new attempt"])
def test_the_rest_waits_again_when_the_lost_task_comes_back(sink: DatabaseSink, run: str) -> None:
    store(sink, *CHAIN, ran("a", states.LOST))
    assert store(sink, ran("a", states.STARTED, run)) == {"a": "STARTED", "b": "PENDING", "c": "PENDING"}
    log = TaskLog.objects.get(task_uuid="c")
    assert (log.exception, log.exception_type, log.end, log.end_seq, log.seq) == (None, None, None, None, 3)
    assert TaskTree.objects.get().done == 0
    assert store(sink, ran("a", states.SUCCESS, run), ran("b", states.SUCCESS), ran("c", states.SUCCESS)) == {
        "a": "SUCCESS", "b": "SUCCESS", "c": "SUCCESS",
    }  # fmt: skip


def test_what_celery_says_of_the_death_is_heard(sink: DatabaseSink) -> None:
    store(sink, *CHAIN, ran("a", states.LOST))
    verdict, body = a_settlement("a", states.FAILURE), a_settlement("b", states.FAILURE)
    assert store(sink, verdict, body, a_settlement("c", states.IGNORED)) == {
        "a": "FAILURE", "b": "FAILURE", "c": "IGNORED",
    }  # fmt: skip


def test_a_look_at_a_task_that_nobody_knows_stores_nothing(sink: DatabaseSink) -> None:
    change = look("unknown").collect()
    assert change is not None
    sink.store([change])
    assert not TaskLog.objects.exists()
    assert not sink.touched.keys


def test_a_tree_is_looked_at_once_in_a_while(database: str) -> None:
    one, other = token_hex(8), token_hex(8)
    looks = [look_at_tree(tree, f"{tree} {number}") for number, tree in enumerate([one, one, other])]
    assert looks == [True, False, True]
    assert flush(60)
