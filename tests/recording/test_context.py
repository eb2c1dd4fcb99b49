"""context: the current step of the code that runs now."""

import asyncio
from collections.abc import Iterator
from contextvars import copy_context
from threading import Thread

import pytest

from progress_updater import states
from progress_updater.recording.context import (
    TaskContext,
    begin_step,
    current_position,
    leave,
    leave_loop,
    position,
)
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord


@pytest.fixture(autouse=True)
def in_the_run(run: Recorder) -> Iterator[None]:
    token = position.set(run.root)
    yield
    position.reset(token)


def _ended(step: StepRecord) -> str | None:
    return None if step.ending is None else step.ending.state


def _opened(name: str) -> StepRecord:
    here = current_position()
    assert here is not None
    return begin_step(here, name)


def test_outside_any_run_there_is_no_position() -> None:
    position.set(None)
    assert current_position() is None


def test_the_innermost_open_step_is_the_current_one(run: Recorder) -> None:
    assert current_position() is run.root
    outer = _opened("outer")
    inner = _opened("inner")
    assert inner.parent is outer
    assert current_position() is inner
    leave(inner, None)
    assert current_position() is outer
    leave(outer, None)
    assert current_position() is run.root


def test_leaving_a_step_ends_what_was_left_open_inside_it(run: Recorder) -> None:
    outer, inner, innermost = _opened("outer"), _opened("inner"), _opened("innermost")
    leave(outer, ValueError())
    assert [_ended(step) for step in (innermost, inner, outer)] == [states.FAILURE] * 3
    assert inner.ending
    assert inner.ending.failure
    assert inner.ending.failure.step == innermost.number
    assert current_position() is run.root


def test_a_step_left_twice_ends_once(run: Recorder) -> None:
    step = _opened("step")
    leave(step, None)
    leave(step, ValueError())
    assert _ended(step) == states.SUCCESS
    assert current_position() is run.root


def test_a_step_left_in_another_thread_ends_and_is_not_the_current_one_here(run: Recorder) -> None:
    outer, step = _opened("outer"), _opened("step")
    thread = Thread(target=leave, args=(step, None))
    thread.start()
    thread.join()
    assert _ended(step) == states.SUCCESS
    assert current_position() is outer


def test_a_context_that_was_copied_before_a_step_ended_returns_to_the_one_around_it(run: Recorder) -> None:
    outer, inner = _opened("outer"), _opened("inner")
    copied = copy_context()
    leave(inner, None)
    leave(outer, None)
    assert copied.run(current_position) is run.root


def test_an_abandoned_loop_that_nothing_follows_has_succeeded(run: Recorder) -> None:
    loop = _opened("loop")
    loop.closed_early = True
    assert current_position() is run.root
    assert _ended(loop) == states.SUCCESS


def test_an_abandoned_loop_fails_with_the_exception_that_leaves_the_block_around_it() -> None:
    block, loop = _opened("block"), _opened("loop")
    loop.closed_early = True
    leave(block, ValueError())
    assert _ended(loop) == states.FAILURE


def test_while_an_exception_travels_an_abandoned_loop_waits_for_the_block_around_it() -> None:
    block, loop = _opened("block"), _opened("loop")
    loop.closed_early = True
    error = ValueError()
    try:
        raise error
    except ValueError:
        assert current_position() is block
        assert _ended(loop) is None
        leave(block, error)
    assert _ended(loop) == states.FAILURE


def test_an_abandoned_loop_has_succeeded_when_the_exception_was_caught_inside_the_block() -> None:
    block, loop = _opened("block"), _opened("loop")
    loop.closed_early = True
    try:
        raise ValueError
    except ValueError:
        current_position()
    assert current_position() is block
    assert _ended(loop) == states.SUCCESS


def test_abandoned_loops_inside_each_other_are_all_left(run: Recorder) -> None:
    outer, inner = _opened("outer loop"), _opened("inner loop")
    outer.closed_early = inner.closed_early = True
    assert current_position() is run.root
    assert [_ended(inner), _ended(outer)] == [states.SUCCESS] * 2


def test_an_abandoned_loop_beyond_the_limit_is_left_like_any_other(run: Recorder) -> None:
    loop = _opened("loop")
    loop.kept, loop.tree, loop.number = False, None, None
    loop.closed_early = True
    assert current_position() is run.root


def test_a_loop_may_end_while_a_step_of_its_consumer_goes_on(run: Recorder) -> None:
    loop, consumer = _opened("loop"), _opened("consumer")
    leave_loop(loop, None)
    assert (_ended(loop), _ended(consumer)) == (states.SUCCESS, None)
    assert current_position() is consumer
    leave(consumer, None)
    assert current_position() is run.root


def test_a_loop_that_ends_ends_the_abandoned_loops_inside_it(run: Recorder) -> None:
    outer, inner = _opened("outer loop"), _opened("inner loop")
    inner.closed_early = True
    leave_loop(outer, None)
    assert [_ended(inner), _ended(outer)] == [states.SUCCESS] * 2
    assert current_position() is run.root


def test_a_loop_may_end_in_another_context(run: Recorder) -> None:
    loop = _opened("loop")
    copy_context().run(leave_loop, loop, None)
    assert _ended(loop) == states.SUCCESS
    assert current_position() is run.root


def test_asyncio_tasks_each_have_their_own_position(run: Recorder) -> None:
    async def work(name: str) -> StepRecord:
        step = _opened(name)
        await asyncio.sleep(0)
        assert current_position() is step
        leave(step, None)
        return step

    async def both() -> tuple[StepRecord, StepRecord]:
        return await asyncio.gather(work("a"), work("b"))

    block = _opened("block")
    assert [step.parent for step in asyncio.run(both())] == [block, block]
    assert current_position() is block


def test_a_step_that_was_opened_but_not_entered_is_not_left_by_others(run: Recorder) -> None:
    elsewhere = run.open_step(run.root, "elsewhere")
    block = _opened("block")
    leave(elsewhere, None)
    assert current_position() is block


def test_entering_remembers_where_the_context_was(run: Recorder) -> None:
    around = _opened("around")
    assert begin_step(around, "inside").previous is around
    position.set(around)
    assert begin_step(run.root, "elsewhere").previous is around


def test_an_owner_is_asked_for_only_when_it_is_needed() -> None:
    assert TaskContext(owner="42").owner_key() == "42"
    assert TaskContext(owner=lambda: "43").owner_key() == "43"
    assert TaskContext().owner_key() is None
