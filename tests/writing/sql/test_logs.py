"""Whose word counts: the statement against a small specification, over all that can come together."""

from datetime import UTC, datetime
from itertools import product
from typing import Literal, NamedTuple

import pytest

from progress_updater import states
from progress_updater.models import Attempt, TaskLog
from progress_updater.recording.changes import Identity
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import BEGIN, a_change, a_run, a_settlement

Speaker = Literal["newest", "new", "older", "settlement", "waiting"]
SPEAKERS: tuple[Speaker, ...] = ("newest", "new", "older", "settlement", "waiting")


class Case(NamedTuple):
    uuid: str
    old: str
    told: str
    speaker: Speaker
    outside_celery: bool


CASES = [
    Case(f"{number:04}", *case)
    for number, case in enumerate(product(states.STATES, states.STATES, SPEAKERS, (True, False)))
]


def expected_state(case: Case) -> str:
    """Say which state a log has after a word about it."""
    _, old, told, speaker, outside_celery = case
    if told == states.PENDING:
        return old
    if speaker == "waiting" or (speaker == "settlement" and told == states.IGNORED):
        return told if old == states.PENDING else old
    if old not in states.TERMINAL:
        return told if speaker != "older" or told == states.SUCCESS else old
    if speaker == "new":
        return told if old != states.SUCCESS or outside_celery else old
    if speaker == "newest":
        return told if old == states.LOST or outside_celery else old
    is_verdict = told == states.RETRY or told in states.TERMINAL
    return told if speaker == "settlement" and old == states.LOST and is_verdict else old


@pytest.fixture
def logs(sink: DatabaseSink) -> DatabaseSink:
    """A log for each case, with an older attempt and a newest one; and the sink, after each word was said."""
    moment = datetime.fromtimestamp(BEGIN, UTC)
    TaskLog.objects.bulk_create(
        TaskLog(
            task_uuid=case.uuid, task_name="TEST", state=case.old, created=moment, updated=moment, attempts=2,
            celery_name=None if case.outside_celery else "shop.tasks.pay", run=f"newest {case.uuid}",
        )
        for case in CASES
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(task_log=log, number=number, run=f"{age} {log.task_uuid}", state=states.STARTED, start=moment)
        for log in TaskLog.objects.all()
        for number, age in ((1, "older"), (2, "newest"))
    )
    sink.store(
        [
            a_settlement(case.uuid, case.told, only_waiting=case.speaker == "waiting")
            if case.speaker in {"settlement", "waiting"}
            else a_change(case.uuid, a_run(f"{case.speaker} {case.uuid}", case.told))
            for case in CASES
        ]
    )
    return sink


def test_the_statement_does_what_the_specification_says(logs: DatabaseSink) -> None:
    found = dict(TaskLog.objects.values_list("task_uuid", "state"))
    assert [(case, found[case.uuid]) for case in CASES if found[case.uuid] != expected_state(case)] == []


def test_only_a_new_attempt_is_counted(logs: DatabaseSink) -> None:
    found = {log.task_uuid: (log.attempts, log.run) for log in TaskLog.objects.all()}
    for case in CASES:
        newest = (3, f"new {case.uuid}") if case.speaker == "new" else (2, f"newest {case.uuid}")
        assert found[case.uuid] == newest


def test_what_is_not_heard_leaves_no_trace_but_in_the_attempt(sink: DatabaseSink) -> None:
    identity = Identity(task_name="TEST", celery_name="shop.tasks.pay")
    sink.store([a_change("t", a_run("first", states.SUCCESS), identity=identity)])
    before = TaskLog.objects.values().get()
    sink.store([a_change("t", a_run("second", states.FAILURE), identity=identity)])
    after = TaskLog.objects.values().get()
    assert {name for name, value in after.items() if value != before[name]} == {
        "run", "attempts", "seq", "updated",
    }  # fmt: skip
    assert Attempt.objects.get(run="second").state == states.FAILURE
