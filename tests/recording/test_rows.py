"""rows: what the recorder keeps, as the values of table rows."""

from collections.abc import Callable

import pytest

from progress_updater import states
from progress_updater.recording.changes import CountChange
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.rows import count_row
from tests.stored import Stored

NowStored = Callable[..., Stored]


def test_a_count_that_never_counted_has_no_columns(run: Recorder) -> None:
    assert count_row(run.root) == CountChange()


def test_a_count_is_shown_as_it_was_sampled(run: Recorder) -> None:
    step = run.open_step(run.root, "step", 10, "rows")
    step.current = 5
    step.sample(10.0, began=0.0)
    step.current = 6
    assert count_row(step) == CountChange(current=5, total=10, unit="rows", percent=50, rate=0.5)


def test_a_step_has_times_and_states_of_its_own(run: Recorder, now_stored: NowStored) -> None:
    step = run.open_step(run.root, "step")
    row = now_stored().step("step")
    assert (row.state, row.end, row.failure) == (states.STARTED, None, None)
    run.close_step(step, None)
    row = now_stored().step("step")
    assert row.state == states.SUCCESS
    assert row.start is not None
    assert row.end is not None
    assert row.start <= row.end


def test_a_planned_step_has_not_begun(run: Recorder, now_stored: NowStored) -> None:
    run.plan(run.root, ["later"])
    row = now_stored().step("later")
    assert (row.state, row.start, row.end) == (states.PENDING, None, None)


def test_a_step_that_never_began_has_no_times(run: Recorder, now_stored: NowStored) -> None:
    run.plan(run.root, ["later"])
    run.finish(states.SUCCESS)
    row = now_stored().step("later")
    assert (row.state, row.start, row.end) == (states.IGNORED, None, None)


def test_the_end_of_a_run_stands_in_its_attempt_and_its_task(run: Recorder, now_stored: NowStored) -> None:
    run.finish(states.FAILURE, ValueError("no good"))
    stored = now_stored()
    task, attempt = stored.task, stored.last.attempt
    assert task is not None
    assert (task.state, task.exception, task.exception_type) == (states.FAILURE, "no good", "ValueError")
    assert attempt.failure
    assert attempt.failure.traceback
    assert (attempt.state, attempt.end) == (states.FAILURE, task.end)
    assert task.end_event is not None


def test_a_run_that_was_ignored_because_it_was_replaced_goes_on_elsewhere(
    run: Recorder, now_stored: NowStored
) -> None:
    run.replaced = True
    run.finish(states.IGNORED)
    stored = now_stored()
    assert stored.state == states.RETRY
    assert stored.task
    assert stored.task.end is None
    assert stored.last.attempt.state == states.IGNORED


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("error", "error"),
        ("WARNING", "warning"),
        ("warn", "warning"),
        (40, "error"),
        ("Loud", "Loud"),
        (None, "None"),
    ],
)
def test_a_level_is_stored_as_readers_ask_for_it_and_what_is_none_as_text(
    run: Recorder, now_stored: NowStored, level: object, shown: str
) -> None:
    run.say(run.root, "text", level=level)  # type: ignore[arg-type]
    run.finish(states.SUCCESS)
    assert now_stored().last.ordered[0].level == shown


@pytest.mark.parametrize(("public", "shown"), [(True, True), (False, False), (None, False), ("yes", True)])
def test_whether_a_line_is_public_is_stored_as_yes_or_no(
    run: Recorder, now_stored: NowStored, public: object, shown: bool
) -> None:
    run.say(run.root, "text", public=public)  # type: ignore[arg-type]
    run.finish(states.SUCCESS)
    assert now_stored().last.ordered[0].public is shown
