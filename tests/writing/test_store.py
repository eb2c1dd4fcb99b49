"""What a flush leaves in the tables, on each database."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.recording.changes import CountChange, Identity, LogChange
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import (
    BEGIN,
    FAILURE,
    a_change,
    a_line,
    a_recorder,
    a_run,
    a_settlement,
    a_step,
    log_of,
    places,
    tables,
    texts,
    told,
)

CELERY = Identity(task_name="pay", celery_name="shop.tasks.pay")
SENT = Identity(task_name="shop.tasks.pay", celery_name="shop.tasks.pay", queued=1.5, queue="q", owner="7")


def flushes_of_a_whole_life(identity: Identity = CELERY) -> list[LogChange]:
    """Return what a task with steps, a replaced line, a tag, a failure and a retry stores, flush by flush."""
    changes = [a_change("t", identity=SENT._replace(tags=("red", "blue")))]
    for _ in range(2):
        recorder = a_recorder("t", identity=identity, in_celery=identity is CELERY)
        changes.append(_flushed(recorder))
        recorder.plan(recorder.root, ["Read", "Save"])
        read = recorder.open_step(recorder.root, "Read", total=3, unit="rows")
        recorder.say(read, "one")
        recorder.say(read, "10 %", replace="upload", data={"bytes": 10})
        changes.append(_flushed(recorder))
        read.current = 2
        recorder.say(read, "20 %", replace="upload")
        recorder.close_step(read, None)
        save = recorder.open_step(recorder.root, "Save")
        changes.append(_flushed(recorder))
        recorder.say(recorder.root, "30 %", replace="upload")
        recorder.close_step(save, ValueError("no"))
        recorder.finish(states.FAILURE, ValueError("no"))
        changes.append(_flushed(recorder))
    return changes


def _flushed(recorder: Any) -> LogChange:
    change = recorder.collect()
    assert change is not None
    recorder.stored(change)
    return change


def stored_one_by_one(sink: DatabaseSink, changes: list[LogChange]) -> Any:
    for change in changes:
        sink.store([change])
    found = {**tables(), "order": texts("t")}
    TaskLog.objects.all().delete()
    return found


@pytest.mark.parametrize("identity", [CELERY, Identity(task_name="own")], ids=["in Celery", "outside"])
def test_what_is_stored_twice_is_stored_once(sink: DatabaseSink, identity: Identity) -> None:
    changes = flushes_of_a_whole_life(identity)
    once = stored_one_by_one(sink, changes)
    assert [row["state"] for row in once["attempts"]] == [states.FAILURE, states.FAILURE]
    assert len(once["steps"]) == 4
    assert sorted(row["text"] for row in once["messages"]) == ["30 %", "30 %", "one", "one"]

    assert stored_one_by_one(sink, [change for change in changes for _ in "12"]) == once

    # Each flush is answered only after the next ones were tried too.
    ever_longer = [change for end in range(1, len(changes) + 1) for change in changes[:end]]
    assert stored_one_by_one(sink, ever_longer) == once


def test_all_at_once_is_the_same_as_one_by_one(sink: DatabaseSink) -> None:
    changes = flushes_of_a_whole_life()
    once = stored_one_by_one(sink, changes)
    assert stored_one_by_one(sink, [changes[0]]) != once
    sink.store(changes)
    assert {**tables(), "order": texts("t")} == once


def test_an_unanswered_flush_that_has_grown_meanwhile_is_stored_once(sink: DatabaseSink) -> None:
    recorder = a_recorder("t")
    sink.store([_flushed(recorder)])
    step = recorder.open_step(recorder.root, "Read")
    recorder.say(step, "10 %", replace="upload")
    recorder.say(step, "one")
    for _ in range(2):  # stored, but nobody hears of it
        sink.store([recorder.collect()])
    recorder.say(step, "20 %", replace="upload")
    sink.store([recorder.collect()])
    recorder.say(step, "30 %", replace="upload")
    sink.store([_flushed(recorder)])
    recorder.say(step, "40 %", replace="upload")
    sink.store([_flushed(recorder)])
    assert texts("t") == ["one", "40 %"]
    assert Step.objects.count() == 1


def test_each_event_takes_the_next_place_in_order(sink: DatabaseSink) -> None:
    lines = [a_line(1, 1), a_line(2, 3), a_line(5, 5)]
    steps = [a_step(1, 3, 4, opened_event=2)]
    sink.store([a_change("t", a_run("r"))])
    sink.store([a_change("t", a_run("r", messages=lines, steps=steps), events=5)])
    assert log_of("t").seq == 6
    assert list(Message.objects.order_by("n").values_list("n", "seq")) == [(1, 2), (2, 4), (5, 6)]
    assert Step.objects.values_list("opened_seq", "seq").get() == (3, 5)


def test_no_place_is_left_empty_but_those_of_the_log_itself(sink: DatabaseSink) -> None:
    for change in flushes_of_a_whole_life():
        before = log_of("t").seq if TaskLog.objects.exists() else 0
        sink.store([change])
        taken = {place for place in places("t") if place > before}
        empty = set(range(before + 1, log_of("t").seq + 1)) - taken
        assert len(empty) <= 1


def test_the_end_has_a_place_and_keeps_it(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r"))])
    end = told(a_change("t", a_run("r", states.SUCCESS, messages=[a_line(2, 1), a_line(3, 2)])), end_event=2)
    sink.store([end])
    assert log_of("t").end_seq == 3
    sink.store([end])
    assert log_of("t").end_seq == 3
    late = a_change("t", a_run("r", states.SUCCESS, messages=[a_line(4, 1)]))
    sink.store([late])
    assert (log_of("t").end_seq, log_of("t").seq) == (3, 6)


def test_an_end_that_is_taken_back_has_no_place(sink: DatabaseSink) -> None:
    sink.store([told(a_change("t", a_run("r", states.SUCCESS)), end_event=1)])
    sink.store([a_change("t", a_run("r"))])
    assert (log_of("t").state, log_of("t").end, log_of("t").end_seq) == (states.STARTED, None, None)


def test_publisher_and_worker_fill_in_what_they_know_in_either_order(sink: DatabaseSink) -> None:
    sent = a_change("a", identity=SENT)
    ran = a_change("a", a_run("r"), identity=CELERY._replace(queue="other", about="shop.order:1"))
    sink.store([sent])
    assert (log_of("a").state, log_of("a").attempts, log_of("a").run) == (states.PENDING, 0, "")
    sink.store([ran])
    sink.store([replace(ran, task_uuid="b", run=a_run("s"))])
    sink.store([replace(sent, task_uuid="b")])
    first, second = log_of("a"), log_of("b")
    assert (first.queue, second.queue) == ("q", "other")
    for log in first, second:
        assert (log.state, log.task_name, log.owner) == (states.STARTED, "pay", "7")
        assert (log.about, log.celery_name) == ("shop.order:1", "shop.tasks.pay")
        assert log.queued is not None
        assert log.queued.timestamp() == 1.5


def test_two_runs_of_one_id_at_once_are_two_attempts(database: str) -> None:
    sinks = [DatabaseSink(database) for _ in range(4)]
    barrier = Barrier(len(sinks))

    def begin(number: int) -> None:
        for round_ in range(5):
            barrier.wait(60)
            sinks[number].store([a_change(f"t{round_}", a_run(f"r{round_} {number}"))])
        sinks[number].rest()

    threads = [Thread(target=begin, args=(number,)) for number in range(len(sinks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for round_ in range(5):
        log = log_of(f"t{round_}")
        attempts = dict(Attempt.objects.filter(task_log=log).values_list("number", "run"))
        assert sorted(attempts) == [1, 2, 3, 4]
        assert (log.attempts, log.run) == (4, attempts[4])


def test_an_older_change_of_a_step_never_overwrites_a_newer_one(sink: DatabaseSink) -> None:
    newer = a_step(
        1, 5, 1, name="new", state=states.SUCCESS, end=99.0, count=CountChange(current=2, unit="x")
    )
    sink.store([a_change("t", a_run("r", steps=[newer]))])
    before = Step.objects.values().get()
    for n in (3, 5):
        sink.store([a_change("t", a_run("r", steps=[a_step(1, n, 1, name="old")]))])
        assert Step.objects.values().get() == before
    sink.store([a_change("t", a_run("r", steps=[replace(newer, n=6, count=CountChange(current=3.5))]))])
    after = Step.objects.get()
    assert (after.n, after.current, after.unit, after.name) == (6, 3.5, None, "new")


def test_a_planned_step_appears_again_when_it_begins(sink: DatabaseSink) -> None:
    planned = a_step(1, 1, 1, start=None, state=states.PENDING)
    sink.store([a_change("t", a_run("r", steps=[planned]))])
    assert Step.objects.values_list("opened_seq", "seq").get() == (1, 1)
    sink.store([a_change("t", a_run("r", steps=[a_step(1, 2, 1)]))])
    sink.store([a_change("t", a_run("r", steps=[a_step(1, 3, 1, state=states.SUCCESS, end=9.0)]))])
    assert Step.objects.values_list("opened_seq", "seq").get() == (2, 3)


def test_a_line_that_is_there_stays_as_it_is(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r", messages=[a_line(1, data='{"a": [1, null]}')]))])
    before = Message.objects.values().get()
    assert before["data"] == {"a": [1, None]}
    sink.store([a_change("t", a_run("r", messages=[a_line(1, text="other"), a_line(2)]))])
    assert Message.objects.values().get(n=1) == before
    assert Message.objects.count() == 2


def test_replaced_lines_go(sink: DatabaseSink) -> None:
    names = [f"file {number}" for number in range(450)]
    first = [a_line(n, replace=name) for n, name in enumerate(names, 1)]
    sink.store([a_change("t", a_run("r", messages=first))])
    second = [a_line(1000 + n, n, replace=name, replaces=(n,)) for n, name in enumerate(names[:440], 1)]
    sink.store([a_change("t", a_run("r", messages=second))])
    assert set(Message.objects.values_list("n", flat=True)) == {*range(441, 451), *range(1001, 1441)}


def test_tags_are_put_on_once(sink: DatabaseSink) -> None:
    tags = tuple(f"tag {number}" for number in range(600))
    change = a_change("t", identity=SENT._replace(tags=(*tags, "x" * 300, "x" * 299)))
    sink.store([change])
    sink.store([change, replace(change, new_identity=False, identity=SENT._replace(tags=("not new",)))])
    assert TaskTag.objects.count() == 601


def test_a_tag_knows_when_its_log_was_created(sink: DatabaseSink) -> None:
    sink.store([a_change("t")])
    sink.store([a_change("t", identity=SENT._replace(tags=("late",))), a_change("u")])
    assert TaskTag.objects.get().created == TaskLog.objects.get(task_uuid="t").created


def test_a_settlement_ends_attempt_and_open_steps_once(sink: DatabaseSink) -> None:
    steps = [
        a_step(1, 1),
        a_step(2, 2, state=states.SUCCESS, end=5.0),
        a_step(3, 3, start=None, state=states.PENDING),
    ]
    sink.store([a_change("t", a_run("r", steps=steps), identity=CELERY)])
    sink.store([a_settlement("t", states.REVOKED, identity=CELERY)])
    log, attempt = log_of("t"), Attempt.objects.get()
    assert (log.state, log.exception, log.exception_type, log.end_seq) == ("REVOKED", "no", "ValueError", 4)
    assert (attempt.state, attempt.end, attempt.failure["text"]) == ("REVOKED", log.end, "no")
    assert list(Step.objects.order_by("number").values_list("state", "seq")) == [
        ("REVOKED", 4), ("SUCCESS", 2), ("PENDING", 3),
    ]  # fmt: skip
    before = tables()
    sink.store([a_settlement("t", states.FAILURE, identity=CELERY)])
    assert tables() == before


def test_a_settlement_never_touches_what_has_ended(sink: DatabaseSink) -> None:
    ended = a_run("r", states.SUCCESS, steps=[a_step(1, 1)])
    sink.store([a_change("t", ended, identity=CELERY)])
    before = tables()
    sink.store([a_settlement("t", identity=CELERY)])
    assert tables() == before


def test_a_settlement_keeps_what_the_run_said_of_itself(sink: DatabaseSink) -> None:
    change = a_change("t", a_run("r"), identity=CELERY._replace(task_name="My label"))
    counted = CountChange(current=3, total=4, unit="rows", percent=75, rate=1.5)
    sink.store([told(change, message="third", steps_done=2, steps_failed=1, count=counted, custom_state="X")])
    sink.store([a_settlement("t", identity=CELERY)])
    log = log_of("t")
    assert (log.state, log.task_name, log.message, log.custom_state) == ("FAILURE", "My label", "third", None)
    assert (log.steps_done, log.steps_failed, log.percent, log.current, log.unit) == (2, 1, 75, 3, "rows")


def test_a_settled_retry_is_no_end_of_the_task(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r"), identity=CELERY)])
    sink.store([a_settlement("t", states.RETRY, identity=CELERY)])
    log, attempt = log_of("t"), Attempt.objects.get()
    assert (log.state, log.end, log.end_seq, log.exception) == (states.RETRY, None, None, None)
    assert (attempt.state, attempt.end is None, attempt.failure["text"]) == (states.RETRY, False, "no")


def test_a_retry_is_due_until_it_begins(sink: DatabaseSink) -> None:
    due = CELERY._replace(eta=BEGIN + 60)
    sink.store([a_change("t", a_run("r"), identity=CELERY._replace(eta=BEGIN))])
    assert log_of("t").eta == datetime.fromtimestamp(BEGIN, UTC)
    sink.store([a_change("t", a_run("r", states.RETRY, is_new=False), identity=due)])
    assert log_of("t").eta == datetime.fromtimestamp(BEGIN + 60, UTC)
    sink.store([a_change("t", a_run("s"), identity=CELERY)])
    assert log_of("t").eta is None
    sink.store([a_change("t", a_run("r", states.RETRY, is_new=False), identity=due)])
    sink.store([a_change("t", a_run("s", is_new=False), identity=CELERY)])
    assert (log_of("t").eta, log_of("t").state) == (None, states.STARTED)
    sink.store([a_settlement("t", states.RETRY, identity=due)])
    assert log_of("t").eta == datetime.fromtimestamp(BEGIN + 60, UTC)
    sink.store([a_settlement("t", states.REVOKED, identity=CELERY)])
    assert (log_of("t").eta, log_of("t").state) == (None, states.REVOKED)


def test_a_settlement_makes_the_record_of_a_task_that_never_began(sink: DatabaseSink) -> None:
    sink.store([a_settlement("t", states.REVOKED, identity=CELERY)])
    log = log_of("t")
    assert (log.state, log.attempts, log.seq, log.end_seq, log.start) == (states.REVOKED, 0, 1, 1, None)


def test_a_task_that_ended_after_it_was_lost_says_so_itself(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r"), identity=CELERY)])
    sink.store([a_settlement("t", states.LOST, identity=CELERY)])
    sink.store([told(a_change("t", a_run("r", states.SUCCESS), identity=CELERY), end_event=1)])
    assert (log_of("t").state, log_of("t").exception, log_of("t").end_seq) == (states.SUCCESS, None, 3)
    assert Attempt.objects.values_list("state", "failure").get() == (states.SUCCESS, None)


def test_a_lost_task_ended_when_it_was_heard_of_last_whenever_its_death_is_told(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r"), identity=CELERY)])
    sink.store([a_settlement("t", states.LOST, identity=CELERY, end=BEGIN + 5)])
    sink.store([a_settlement("t", states.FAILURE, identity=CELERY, end=BEGIN + 15)])
    log, attempt, heard_last = log_of("t"), Attempt.objects.get(), datetime.fromtimestamp(BEGIN + 5, UTC)
    assert (log.state, log.end, attempt.end) == (states.FAILURE, heard_last, heard_last)


@pytest.mark.parametrize("child_is_first", [True, False])
def test_a_forked_child_writes_lines_and_never_speaks_for_the_task(
    sink: DatabaseSink, child_is_first: bool
) -> None:
    parent = a_change("t", a_run("r", messages=[a_line(1)]), identity=CELERY)
    child_run = a_run(
        "r", states.FAILURE, leads=False, messages=[a_line(2**40, 1)], steps=[a_step(2**30, 2**41, 1)]
    )
    child = a_change("t", child_run, identity=CELERY)
    for change in [child, child, parent] if child_is_first else [parent, child, child]:
        sink.store([change])
    log, attempt = log_of("t"), Attempt.objects.get()
    assert (log.state, log.attempts, log.run) == (states.STARTED, 1, "r")
    assert (attempt.state, attempt.end, attempt.number) == (states.STARTED, None, 1)
    assert set(Message.objects.values_list("n", flat=True)) == {1, 2**40}


def test_a_child_alone_makes_a_record_that_has_not_begun(sink: DatabaseSink) -> None:
    sink.store([a_change("t", a_run("r", leads=False, messages=[a_line(1)]), identity=CELERY)])
    assert (log_of("t").state, log_of("t").attempts) == (states.PENDING, 0)
    sink.store([a_change("t", a_run("r", states.SUCCESS), identity=CELERY)])
    assert (log_of("t").state, log_of("t").attempts) == (states.SUCCESS, 1)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_log_that_was_deleted_meanwhile_begins_anew(
    sink: DatabaseSink, database: str, is_known: bool
) -> None:
    recorder = a_recorder("t", identity=CELERY, in_celery=True)
    sink.store([_flushed(recorder)])
    step = recorder.open_step(recorder.root, "Read")
    recorder.say(step, "before")
    sink.store([_flushed(recorder)])
    TaskLog.objects.all().delete()
    recorder.say(step, "after")
    sink = sink if is_known else DatabaseSink(database)
    sink.store([_flushed(recorder)])
    log = log_of("t")
    assert (log.state, log.attempts, log.run, log.celery_name) == (
        "STARTED",
        1,
        recorder.run,
        "shop.tasks.pay",
    )
    assert texts("t") == ["after"]
    recorder.close_step(step, None)
    recorder.finish(states.SUCCESS)
    sink.store([_flushed(recorder)])
    sink.rest()
    assert (log_of("t").state, Attempt.objects.get().state) == (states.SUCCESS, states.SUCCESS)
    assert Step.objects.get().state == states.SUCCESS


def test_an_attempt_that_was_deleted_meanwhile_is_made_again(sink: DatabaseSink) -> None:
    recorder = a_recorder("t")
    sink.store([_flushed(recorder)])
    Attempt.objects.all().delete()
    recorder.say(recorder.root, "after")
    sink.store([_flushed(recorder)])
    assert texts("t") == ["after"]
    assert (log_of("t").attempts, Attempt.objects.count()) == (1, 1)


def test_a_flush_of_many_runs_is_stored_whole(sink: DatabaseSink) -> None:
    count = 300
    changes = [
        a_change(
            f"t{number:03}", a_run(f"r{number:03}", messages=[a_line(1), a_line(2)], steps=[a_step(1, 3)])
        )
        for number in range(count)
    ]
    sink.store(changes)
    assert TaskLog.objects.filter(seq=3, attempts=1).count() == count
    assert Attempt.objects.filter(number=1).count() == Step.objects.count() == count
    assert all(
        (message.task_log.task_uuid[1:], message.task_log_id)
        == (message.attempt.run[1:], message.attempt.task_log_id)
        for message in Message.objects.select_related("task_log", "attempt")
    )
    sink.store(changes)
    assert (Message.objects.count(), Attempt.objects.count()) == (2 * count, count)


def test_several_changes_of_one_task_in_a_flush_keep_their_order(sink: DatabaseSink) -> None:
    run = a_run("r", messages=[a_line(1)])
    end = told(a_change("a", a_run("r", states.SUCCESS, messages=[a_line(2, 1)])), end_event=1)
    sink.store([a_change("b"), a_change("a"), a_change("a", run), end, a_change("b")])
    assert (log_of("a").state, log_of("a").seq, log_of("a").end_seq, log_of("b").seq) == ("SUCCESS", 3, 3, 2)
    assert texts("a") == ["line 1", "line 2"]


def test_any_mixture_of_orders_gives_the_same_end(sink: DatabaseSink) -> None:
    begin = a_change("t", a_run("r"), identity=CELERY)
    sent = a_change("t", identity=SENT)
    end = told(a_change("t", a_run("r", states.FAILURE), identity=CELERY), exception="no", exception_type="E")
    late = a_settlement("t", states.REVOKED, identity=CELERY)
    found = []
    for order in itertools.permutations([sent, end, late]):
        sink.store([begin])
        for change in order:
            sink.store([change])
        log = log_of("t")
        found.append((log.queue, log.attempts, log.run, log.owner, log.state in {"FAILURE", "REVOKED"}))
        TaskLog.objects.all().delete()
    assert found == [("q", 1, "r", "7", True)] * 6


def test_failures_are_kept_with_their_place(sink: DatabaseSink) -> None:
    failure = replace(FAILURE, step=1, where="at item 2 of 3")
    step = a_step(1, 1, state=states.FAILURE, end=9.0, failure=failure)
    sink.store([a_change("t", a_run("r", steps=[step]))])
    assert Step.objects.get().failure == {
        "type": "ValueError", "text": "no", "step": 1, "traceback": "Traceback …", "where": "at item 2 of 3",
    }  # fmt: skip
