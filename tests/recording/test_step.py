"""StepRecord: where a step is, and whether it is over."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord


@pytest.fixture
def step(run: Recorder) -> StepRecord:
    return run.open_step(run.root, "step")


def test_a_counted_loop_tells_at_which_item_it_is(run: Recorder, step: StepRecord) -> None:
    run.set_progress(step, 411, 1_000, None)
    assert step.place_in_loop() == "at item 412 of 1,000"


def test_the_place_is_told_in_the_unit_of_the_loop(run: Recorder, step: StepRecord) -> None:
    run.set_progress(step, 411, 1_000, "rows")
    assert step.place_in_loop() == "at 412 of 1,000 rows"


@pytest.mark.parametrize(("current", "total"), [(3, None), (10, 10), (11, 10)])
def test_without_an_item_to_come_there_is_no_place(
    run: Recorder, step: StepRecord, current: int, total: int | None
) -> None:
    run.set_progress(step, current, total, None)
    assert step.place_in_loop() is None


def test_a_step_that_does_not_count_has_no_place(run: Recorder, step: StepRecord) -> None:
    assert step.place_in_loop() is None
    run.plan(step, ["a", "b"])
    assert step.place_in_loop() is None


def test_a_step_with_a_plan_reads_its_child_steps(run: Recorder, step: StepRecord) -> None:
    run.plan(step, ["a", "b"])
    step.children_done = 1
    assert step.reading() == (1, 2, "steps")


def test_a_step_is_over_when_it_has_ended(run: Recorder, step: StepRecord) -> None:
    assert not step.is_over
    run.close_step(step, None)
    assert step.is_over


def test_a_step_is_over_when_its_loop_was_abandoned(step: StepRecord) -> None:
    step.closed_early = True
    assert step.is_over


def test_a_step_is_over_when_nobody_holds_its_loop_any_more(step: StepRecord) -> None:
    def loop() -> Iterator[int]:
        yield 1

    running = loop()
    step.loop = weakref.ref(running)
    assert not step.is_over
    del running
    gc.collect()
    assert step.is_over
