"""Unsaved: what a flush takes, and what is still there when it failed."""

import contextlib
import itertools
from collections.abc import Callable

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import states
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.memory import MemorySink
from tests.faults.interruptions import Interruption
from tests.stored import Stored

NowStored = Callable[..., Stored]


def _collected(run: Recorder) -> LogChange:
    change = run.collect()
    assert change is not None
    return change


def _steps(change: LogChange) -> list[tuple[str, str]]:
    assert change.run is not None
    return [(step.name, step.state) for step in change.run.steps]


def _texts(change: LogChange) -> list[str]:
    assert change.run is not None
    return [line.text for line in change.run.messages]


@pytest.fixture
def begun(run: Recorder) -> Recorder:
    """A run whose beginning is stored."""
    return run


def test_the_first_flush_says_only_that_the_run_has_begun(begin_run: Callable[..., Recorder]) -> None:
    run = begin_run()
    again = begin_run(only_if_used=True)
    again.say(again.root, "text")
    change = _collected(again)
    assert (_steps(change), _texts(change), change.events) == ([], [], 1)
    assert change.run
    assert change.run.is_new
    assert run.collect() is None


def test_a_state_of_the_authors_own_comes_with_its_count_behind_the_beginning(
    begin_run: Callable[..., Recorder],
) -> None:
    run = begin_run(only_if_used=True)
    run.set_progress(run.root, 3, 12, None)
    run.set_state("PROGRESS")
    beginning = _collected(run)
    assert beginning.run
    assert beginning.run.task
    assert (beginning.run.task.custom_state, beginning.run.task.count.current) == (None, None)
    run.stored(beginning)
    change = _collected(run)
    assert change.run
    assert change.run.task
    assert (change.run.task.custom_state, change.run.task.count.current) == ("PROGRESS", 3)
    run.stored(change)
    assert run.collect() is None


def test_a_state_that_was_told_before_the_beginning_is_stored_calls_for_another_flush(
    begin_run: Callable[..., Recorder], way: DirectWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin_run(only_if_used=True)
    run.set_state("PROGRESS")
    calls: list[object] = []
    monkeypatch.setattr(way, "changed", calls.append)
    run.stored(_collected(run))
    assert calls == [run]


def test_where_nothing_is_new_there_is_nothing_to_store(begun: Recorder) -> None:
    assert begun.collect() is None


def test_a_step_that_began_and_ended_between_two_flushes_is_one_row_with_two_events(begun: Recorder) -> None:
    begun.close_step(begun.open_step(begun.root, "step"), None)
    change = _collected(begun)
    assert _steps(change) == [("step", states.SUCCESS)]
    assert change.run
    (row,) = change.run.steps
    assert (row.opened_event, row.event) == (1, 2)


def test_what_was_not_stored_comes_again_in_the_next_flush(begun: Recorder) -> None:
    step = begun.open_step(begun.root, "step")
    begun.say(step, "first")
    _collected(begun)
    begun.say(step, "second")
    change = _collected(begun)
    assert _steps(change) == [("step", states.STARTED)]
    assert _texts(change) == ["first", "second"]
    begun.stored(change)
    assert begun.collect() is None


def test_what_came_in_while_it_was_stored_waits_for_the_next_flush(
    begun: Recorder, way: DirectWriter
) -> None:
    begun.say(begun.root, "first")
    change = _collected(begun)
    begun.say(begun.root, "second")
    begun.stored(change)
    assert not way.is_empty
    assert _texts(_collected(begun)) == ["second"]


def test_a_line_replaces_the_one_of_its_name_that_could_not_be_stored_yet(begun: Recorder) -> None:
    for percent in ("10 %", "20 %"):
        begun.say(begun.root, percent, replace="upload")
        begun.say(begun.root, f"after {percent}")
        change = _collected(begun)
    assert _texts(change) == ["after 10 %", "20 %", "after 20 %"]


def test_a_line_names_the_stored_one_that_it_replaces(begun: Recorder, now_stored: NowStored) -> None:
    begun.say(begun.root, "10 %", replace="upload")
    first = now_stored().last.ordered[0].n
    begun.say(begun.root, "20 %", replace="upload")
    stored = now_stored()
    assert stored.last.ordered[0].replaces == (first,)
    assert stored.lines == ["20 %"]


def test_memory_is_given_back_when_lines_are_stored_or_replaced(begun: Recorder, way: DirectWriter) -> None:
    begun.set_progress(begun.root, 0, 10, None)  # a count keeps the way busy, as in a long task
    way.flush(0)
    free = way.free
    for number in range(50):
        begun.say(begun.root, "x" * number, replace="upload")
        begun.say(begun.root, "y")
        if number % 3 == 0:
            begun.collect()
        else:
            way.flush(0)
    way.flush(0)
    assert begun.held == 0
    assert way.free == free


def test_the_last_public_line_is_the_message_of_the_task(begun: Recorder, now_stored: NowStored) -> None:
    begun.say(begun.root, "seen")
    begun.say(begun.root, "secret", public=False)
    task = now_stored().task
    assert task
    assert task.message == "seen"


def test_steps_that_have_ended_are_counted_once(begun: Recorder, now_stored: NowStored) -> None:
    for error in (None, ValueError(), None):
        step = begun.open_step(begun.root, "step")
        now_stored()
        begun.close_step(step, error)
        begun.close_step(step, error)
    task = now_stored().task
    assert task
    assert (task.steps_done, task.steps_failed) == (3, 1)
    assert (task.count.current, task.count.total, task.count.unit) == (3, None, "steps")


def test_a_planned_step_that_never_began_is_not_done(begun: Recorder, now_stored: NowStored) -> None:
    begun.plan(begun.root, ["a", "b"])
    begun.close_step(begun.open_step(begun.root, "a"), None)
    begun.finish(states.SUCCESS)
    task = now_stored().task
    assert task
    assert (task.steps_done, task.count.current, task.count.total) == (1, 1, 2)


def test_a_count_is_sampled_at_each_flush_until_its_step_has_ended(
    begun: Recorder, now_stored: NowStored
) -> None:
    step = begun.open_step(begun.root, "step", 10, "rows")
    seen = []
    for _ in range(3):
        step.current += 3
        seen.append(now_stored().step("step").count.current)
    step.current += 1
    begun.close_step(step, None)
    seen.append(now_stored().step("step").count.current)
    assert seen == [3, 6, 9, 10]
    step.current += 1
    assert now_stored().step("step").count.current == 10


def test_a_count_takes_its_own_place_among_the_changes(begun: Recorder, now_stored: NowStored) -> None:
    step = begun.open_step(begun.root, "step", 10)
    before = now_stored()
    step.current = 5
    after = now_stored()
    assert after.step("step").n > before.step("step").n
    assert after.last.seqs["step", 1] > before.last.seqs["step", 1]
    assert after.last.seqs["opened", 1] == before.last.seqs["opened", 1]


def test_the_count_of_the_task_alone_is_a_change_of_the_task(begun: Recorder, now_stored: NowStored) -> None:
    begun.set_progress(begun.root, 1, 10, "files")
    before = now_stored()
    begun.root.current = 2
    after = now_stored()
    assert after.seq == before.seq + 1
    assert after.task
    assert (after.task.count.current, after.task.count.percent) == (2, 20)


def test_an_attempt_is_written_again_only_when_its_state_changes(
    begun: Recorder, way: DirectWriter, sink: MemorySink
) -> None:
    begun.say(begun.root, "text")
    way.flush(0)
    begun.finish(states.SUCCESS)
    changed = [change.run.attempt_changed for change in sink.changes["task"] if change.run]
    assert changed == [True, False, True]


def test_an_identity_is_written_again_only_when_it_changes(
    begun: Recorder, way: DirectWriter, sink: MemorySink
) -> None:
    begun.say(begun.root, "text")
    way.flush(0)
    begun.relabel(Identity(task_name="another name"))
    begun.relabel(Identity(task_name="another name"))
    way.flush(0)
    assert [change.new_identity for change in sink.changes["task"]] == [True, False, True]


def test_steps_that_are_not_kept_leave_one_line_that_counts_them(
    begin_run: Callable[..., Recorder], now_stored: NowStored
) -> None:
    run = begin_run(max_steps=1)
    kept = run.open_step(run.root, "kept")
    for _ in range(3):
        run.close_step(run.open_step(kept, "inside"), None)
        now_stored()
    run.close_step(kept, None)
    run.open_step(run.root, "another")
    run.finish(states.SUCCESS)
    stored = now_stored()
    assert [(gap.step, gap.data) for gap in stored.gaps] == [(1, '{"count":3}'), (None, '{"count":1}')]
    assert [step.name for step in stored.steps] == ["kept"]


def test_a_gap_is_no_message_of_the_task(begin_run: Callable[..., Recorder], now_stored: NowStored) -> None:
    run = begin_run(max_steps=0)
    run.say(run.root, "text")
    run.open_step(run.root, "step")
    task = now_stored().task
    assert task
    assert task.message == "text"


def test_a_settlement_is_nothing_that_a_run_has_to_take_note_of(begun: Recorder) -> None:
    change = LogChange(task_uuid="task", identity=begun.identity, events=1)
    begun.say(begun.root, "text")
    begun.stored(change)
    assert _texts(_collected(begun)) == ["text"]


@pytest.mark.alone  # it traces itself, as coverage does
def test_a_signal_at_any_point_of_a_flush_in_the_authors_thread_leaves_no_step_open(
    begin_run: Callable[..., Recorder],
) -> None:
    places = set()
    for at in itertools.count(1):
        run = begin_run()
        run.collect()
        around = run.open_step(run.root, "around")
        for name in ("first", "second"):
            run.close_step(run.open_step(around, name), None)
        interruption = Interruption(at)
        with contextlib.suppress(SoftTimeLimitExceeded):
            interruption.during(run.collect)
        run.close_step(around, None)
        assert sorted(_steps(_collected(run))) == [
            ("around", states.SUCCESS),
            ("first", states.SUCCESS),
            ("second", states.SUCCESS),
        ], interruption.where
        if not interruption.where:
            break
        places.add(interruption.where)
    assert any("_take_step" in place for place in places)
