"""Handles: what `with step(...) as s` gives."""

import asyncio
import contextlib
import inspect
import math
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from threading import Thread
from typing import Any, get_type_hints

import pytest
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from hypothesis import given
from hypothesis import strategies as st

from progress_updater import TaskCancelled, TaskUpdater, current_updater, notify, states, step
from progress_updater.handles import PassingStep, StepHandle, SuppressingStep
from progress_updater.recording.guard import guard
from progress_updater.recording.recorder import Recorder
from tests.stored import stored
from tests.updaters import Record

pytestmark = pytest.mark.usefixtures("loud_guard")

NEVER_SUPPRESSED = [
    Retry(),
    Ignore(),
    Reject(),
    SoftTimeLimitExceeded(),
    TaskCancelled(),
    KeyboardInterrupt(),
    SystemExit(1),
    GeneratorExit(),
    asyncio.CancelledError(),
    BaseException(),
    ExceptionGroup("group", [SoftTimeLimitExceeded()]),
]

# -- suppressing and passing


def test_a_block_of_an_updater_swallows_an_exception(updater: TaskUpdater, record: Record) -> None:
    with updater("step") as block:
        raise ValueError("no good")
    assert block.failed
    assert isinstance(block.exception, ValueError)
    assert record().outline == [("1 step", states.FAILURE)]


def test_a_block_without_an_exception_has_not_failed(updater: TaskUpdater) -> None:
    with updater("step") as block:
        assert not block.failed
    assert not block.failed
    assert block.exception is None


@pytest.mark.parametrize("exception", NEVER_SUPPRESSED, ids=repr)
@pytest.mark.parametrize("make", [lambda: current_updater()("step"), lambda: step("step", optional=True)])
def test_some_exceptions_are_never_swallowed(
    updater: TaskUpdater, make: Callable[[], SuppressingStep], exception: BaseException
) -> None:
    with pytest.raises(type(exception)) as raised, make() as block:
        raise exception
    assert raised.value is exception
    assert block.failed


@pytest.mark.parametrize(
    "make",
    [
        lambda updater: updater.step("step"),
        lambda updater: step("step"),
        lambda updater: updater("step", suppress=False),
        lambda updater: TaskUpdater(suppress_exception=False)("step"),
        lambda updater: updater("outer").__enter__().step("step"),
    ],
    ids=["updater.step", "step", "suppress=False", "suppress_exception=False", "handle.step"],
)
def test_other_blocks_let_every_exception_pass(
    updater: TaskUpdater, record: Record, make: Callable[[TaskUpdater], PassingStep]
) -> None:
    with pytest.raises(ValueError, match="no good"), make(updater) as block:
        raise ValueError("no good")
    assert block.failed
    assert record().step("step").state == states.FAILURE


def test_the_block_itself_may_decide_to_swallow(updater: TaskUpdater) -> None:
    strict = TaskUpdater(suppress_exception=False)
    with strict("step", suppress=True):
        raise ValueError
    assert isinstance(strict.latest_exception, ValueError)


def test_an_optional_step_fails_and_the_task_does_not() -> None:
    with TaskUpdater() as updater, step("optional", optional=True) as block:
        raise ValueError
    assert block.failed
    record = stored(updater.task_uuid)
    assert record.step("optional").state == states.FAILURE
    assert (record.state, updater.latest_exception) == (states.SUCCESS, None)


def test_a_block_that_may_swallow_says_so_in_its_type() -> None:
    assert get_type_hints(SuppressingStep.__exit__)["return"] is bool
    assert get_type_hints(PassingStep.__exit__)["return"] is type(None)


# -- nesting


def test_steps_nest(record: Record, updater: TaskUpdater) -> None:
    with updater("outer"):
        with updater("first"), step("innermost"):
            pass
        with step("second"):
            pass
    with updater("next"):
        pass
    assert record().outline == [
        ("1 outer", states.SUCCESS),
        ("1.1 first", states.SUCCESS),
        ("1.1.1 innermost", states.SUCCESS),
        ("1.2 second", states.SUCCESS),
        ("2 next", states.SUCCESS),
    ]


def test_each_call_of_an_updater_is_another_step(updater: TaskUpdater) -> None:
    assert updater("step") is not updater("step")


def test_a_handle_opens_steps_inside_its_own_wherever_it_is_used(
    updater: TaskUpdater, record: Record
) -> None:
    def elsewhere() -> None:
        with outer.step("inner"):
            notify("from the thread")

    with updater("outer") as outer:
        thread = Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert record().outline == [("1 outer", states.SUCCESS), ("1.1 inner", states.SUCCESS)]
    assert record().lines_in("inner") == ["from the thread"]


def test_steps_left_out_of_order_end_with_the_one_around_them(updater: TaskUpdater, record: Record) -> None:
    outer, inner = step("outer"), step("inner")
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    notify("between steps")
    inner.__exit__(None, None, None)
    assert record().outline == [("1 outer", states.SUCCESS), ("1.1 inner", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_a_step_may_be_left_in_another_thread(updater: TaskUpdater, record: Record) -> None:
    block = step("step")
    block.__enter__()
    thread = Thread(target=block.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    notify("between steps")
    assert record().outline == [("1 step", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_a_block_that_was_never_entered_can_be_left(updater: TaskUpdater) -> None:
    step("step").__exit__(None, None, None)


# -- one handle, entered again


def test_a_handle_that_is_entered_again_is_a_new_step(updater: TaskUpdater, record: Record) -> None:
    block = updater("step")
    for text in ("first", "second"):
        with block:
            block.notify(text)
    assert record().outline == [("1 step", states.SUCCESS), ("2 step", states.SUCCESS)]
    assert [line.step for line in record().last.ordered] == [1, 2]


def test_a_handle_that_is_entered_inside_itself_returns_to_the_outer_step(
    updater: TaskUpdater, record: Record
) -> None:
    block = updater("step", total=10)
    with block:
        with block:
            block.notify("inner")
        block.notify("outer")
        block.advance(4)
    assert record().outline == [("1 step", states.SUCCESS), ("1.1 step", states.SUCCESS)]
    assert [line.step for line in record().last.ordered] == [2, 1]
    assert [row.count.current for row in record().steps] == [4, 0]


def test_a_handle_that_went_well_again_has_not_failed(updater: TaskUpdater) -> None:
    block = updater("step")
    with block:
        raise ValueError
    with block:
        pass
    assert not block.failed


# -- what a handle says and counts


def test_a_handle_speaks_in_its_own_step(updater: TaskUpdater, record: Record) -> None:
    with step("outer") as outer, step("inner"):
        outer.notify("text", level="error", replace="name", public=False, data=[1])
    (line,) = record().last.ordered
    assert (line.step, line.level, line.replace, line.public, line.data) == (1, "error", "name", False, "[1]")


def test_a_handle_counts(updater: TaskUpdater, record: Record) -> None:
    with step("step", total=100, unit="rows") as block:
        block.advance()
        block.advance(9)
        count = record().step("step").count
        assert (count.current, count.total, count.unit, count.percent) == (10, 100, "rows", 10)
        block.set_progress(50, 200)
        count = record().step("step").count
        assert (count.current, count.total, count.percent) == (50, 200, 25)


@pytest.mark.parametrize(("units", "expected"), [(2.5, 3.5), (Decimal("2.5"), 3.5), ("2", 3), (True, 2)])
def test_a_handle_counts_in_numbers_of_any_type(updater: TaskUpdater, units: Any, expected: float) -> None:
    with step("step") as block:
        block.advance()
        block.advance(units)
        assert block._step.current == expected


@pytest.mark.parametrize("units", [None, "many", float("nan"), object()])
def test_what_is_no_number_counts_nothing(updater: TaskUpdater, units: Any) -> None:
    with step("step") as block:
        block.advance(1)
        block.advance(units)
        assert block._step.current == 1


class Contrary:
    """Something that looks like a number, as an array does, and is none."""

    def _refuses(self, *_: object) -> Any:
        raise TypeError("no number")

    __add__ = __radd__ = __iadd__ = __float__ = __int__ = __lt__ = __gt__ = __eq__ = __bool__ = _refuses
    __hash__ = None  # type: ignore[assignment]


AWFUL = [
    10**400,
    -(10**400),
    float("nan"),
    float("inf"),
    float("-inf"),
    1e308,
    Decimal("1e999"),
    Decimal("sNaN"),
    Contrary(),
    "many",
    [1],
    True,
    2**63,
    0.5,
    3,
]
CALLS: list[Callable[[TaskUpdater, StepHandle, Any], object]] = [
    lambda updater, block, value: block.advance(value),
    lambda updater, block, value: updater.advance(value),
    lambda updater, block, value: block.set_progress(value),
    lambda updater, block, value: block.set_progress(None, value),
    lambda updater, block, value: updater.set_progress(value, value, value),
    lambda updater, block, value: list(block.track([1, 2], skipped=value)),
    lambda updater, block, value: list(block.track([1, 2], "loop", total=value, skipped=value)),
    lambda updater, block, value: stored(updater.task_uuid),
]


@given(st.lists(st.tuples(st.sampled_from(CALLS), st.sampled_from(AWFUL)), max_size=12))
def test_no_number_is_so_awful_that_the_task_or_its_record_notices(
    calls: list[tuple[Callable[[TaskUpdater, StepHandle, Any], object], Any]],
) -> None:
    with TaskUpdater(task_name="TEST") as updater, contextlib.suppress(KeyError), step("step") as block:
        for call, value in calls:
            call(updater, block, value)
        raise KeyError
    for kept in stored(updater.task_uuid).steps:
        assert kept.state in {states.FAILURE, states.SUCCESS}
        assert math.isfinite(kept.count.current or 0)
        assert math.isfinite(kept.count.total or 0)


def test_what_is_too_large_to_be_added_counts_nothing(updater: TaskUpdater) -> None:
    with step("step") as block:
        block.advance(0.5)
        block.advance(10**400)
        updater.advance(10**400)
        assert block._step.current == 0.5


def test_a_count_beyond_all_numbers_does_not_stop_the_record(updater: TaskUpdater, record: Record) -> None:
    with step("step", total=10) as block:
        block.advance(1)
        record()
        block.advance(10**400)
    assert record().outline == [("1 step", states.SUCCESS)]
    assert record().step("step").count.current == 1


def test_a_handle_plans(updater: TaskUpdater, record: Record) -> None:
    with step("step") as block:
        block.plan("a", "b")
        with block.step("a"):
            pass
        assert record().step("step").count.total == 2
    assert [name for name, _ in record().outline] == ["1 step", "1.1 a", "1.2 b"]


def test_a_step_with_a_plan_that_counts_itself_counts_from_zero(updater: TaskUpdater) -> None:
    with step("step") as block:
        block.plan("a")
        with block.step("a"):
            pass
        block.advance(5)
        assert block._step.reading()[0] == 5


def test_a_handle_tracks(updater: TaskUpdater, record: Record) -> None:
    with step("step") as block:
        assert list(block.track([1, 2], "loop")) == [1, 2]
        assert list(block.track("abc", unit="letters")) == ["a", "b", "c"]
    assert record().outline == [("1 step", states.SUCCESS), ("1.1 loop", states.SUCCESS)]
    assert [row.count.current for row in record().steps] == [3, 2]


def test_outside_any_task_a_handle_does_nothing() -> None:
    with step("step", total=3) as block:
        block.notify("text")
        block.advance()
        block.advance(1.5)
        block.set_progress(1, 2)
        block.plan("a")
        assert list(block.track([1], "loop")) == [1]
        with block.step("inner"):
            pass
    assert not block.failed


def test_before_it_is_entered_a_handle_does_nothing(updater: TaskUpdater, record: Record) -> None:
    block = step("step")
    block.notify("too early")
    block.advance()
    assert record().last.steps == {}
    assert record().lines == []


# -- decorators


def test_a_function_becomes_a_step_at_each_call(updater: TaskUpdater, record: Record) -> None:
    @step("Double", total=2)
    def double(value: int, *, plus: int = 0) -> int:
        """Double a value."""
        notify(f"doubling {value}")
        return 2 * value + plus

    assert [double(1), double(2, plus=1)] == [2, 5]
    assert (double.__name__, double.__doc__) == ("double", "Double a value.")
    assert record().outline == [("1 Double", states.SUCCESS), ("2 Double", states.SUCCESS)]
    assert record().steps[0].count.total == 2
    assert record().lines == ["doubling 1", "doubling 2"]


def test_a_function_that_fails_is_a_step_that_fails(updater: TaskUpdater, record: Record) -> None:
    @updater.step("Fail")
    def fail() -> None:
        raise ValueError("no good")

    with pytest.raises(ValueError, match="no good"):
        fail()
    assert record().outline == [("1 Fail", states.FAILURE)]


def test_a_function_that_calls_itself_is_a_step_inside_a_step(updater: TaskUpdater, record: Record) -> None:
    @step("Count down")
    def count_down(start: int) -> None:
        if start:
            count_down(start - 1)

    count_down(2)
    assert [name for name, _ in record().outline] == ["1 Count down", "1.1 Count down", "1.1.1 Count down"]


def test_a_decorated_function_works_outside_any_task() -> None:
    assert step("Double")(lambda value: 2 * value)(4) == 8


def test_a_coroutine_function_is_a_step_until_it_returns(updater: TaskUpdater, record: Record) -> None:
    @step("Fetch")
    async def fetch(name: str) -> str:
        await asyncio.sleep(0)
        notify(name)
        if name == "c":
            raise ValueError(name)
        return name.upper()

    async def fetch_all() -> list[Any]:
        return await asyncio.gather(*map(fetch, "abc"), return_exceptions=True)

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(fetch_all())[:2] == ["A", "B"]
    assert [state for _, state in record().outline] == [states.SUCCESS, states.SUCCESS, states.FAILURE]
    assert sorted((line.step or 0, line.text) for line in record().last.ordered) == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_a_coroutine_that_is_cancelled_is_a_step_that_was_revoked(
    updater: TaskUpdater, record: Record
) -> None:
    @step("Wait")
    async def wait() -> None:
        await asyncio.sleep(60)

    async def cancel_it() -> None:
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancel_it())
    assert record().outline == [("1 Wait", states.REVOKED)]


@step("Read")
def read(*rows: Any) -> Any:
    """Yield rows, and return what was sent back."""
    answers = []
    for row in rows:
        if isinstance(row, Exception):
            raise row
        answers.append((yield row))
    return answers


def test_a_generator_is_a_step_until_it_is_exhausted(updater: TaskUpdater, record: Record) -> None:
    rows = read(1, 2)
    assert record().last.steps == {}
    assert next(rows) == 1
    assert record().outline == [("1 Read", states.STARTED)]
    assert rows.send("answer") == 2
    with pytest.raises(StopIteration) as stopped:
        next(rows)
    assert stopped.value.value == ["answer", None]
    notify("after it")
    assert record().outline == [("1 Read", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_a_generator_that_fails_is_a_step_that_fails(updater: TaskUpdater, record: Record) -> None:
    with pytest.raises(ValueError, match="no good"):
        list(read(1, ValueError("no good")))
    assert record().outline == [("1 Read", states.FAILURE)]


def test_a_generator_that_is_left_early_has_succeeded(updater: TaskUpdater, record: Record) -> None:
    for _ in read(1, 2):
        break
    notify("after it")
    assert record().outline == [("1 Read", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_a_generator_that_the_block_around_it_left_with_an_exception_has_failed(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("block"):
        for _ in read(1, 2):
            raise ValueError
    assert [state for _, state in record().outline] == [states.FAILURE, states.FAILURE]


def test_a_step_of_the_consumer_outlives_the_generator_that_ends_inside_it(
    updater: TaskUpdater, record: Record
) -> None:
    rows = read(1, 2)
    next(rows)
    with step("Consume") as consume:
        assert list(rows) == [2]
        assert record().outline == [("1 Read", states.SUCCESS), ("1.1 Consume", states.STARTED)]
        notify("still consuming")
    assert not consume.failed
    notify("after it")
    assert [line.step for line in record().last.ordered] == [2, None]


@step("Stream")
async def stream(*rows: Any) -> AsyncIterator[Any]:
    """Yield rows."""
    for row in rows:
        await asyncio.sleep(0)
        if isinstance(row, Exception):
            raise row
        yield row


def test_an_asynchronous_generator_is_a_step_until_it_is_exhausted(
    updater: TaskUpdater, record: Record
) -> None:
    async def consume() -> list[Any]:
        rows = [row async for row in stream(1, 2)]
        notify("after it")
        return rows

    assert asyncio.run(consume()) == [1, 2]
    assert record().outline == [("1 Stream", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_an_asynchronous_generator_that_fails_is_a_step_that_fails(
    updater: TaskUpdater, record: Record
) -> None:
    async def consume() -> None:
        async for _ in stream(1, ValueError("no good")):
            pass

    with pytest.raises(ValueError, match="no good"):
        asyncio.run(consume())
    assert record().outline == [("1 Stream", states.FAILURE)]


def test_an_asynchronous_generator_that_is_left_early_has_succeeded(
    updater: TaskUpdater, record: Record
) -> None:
    async def consume() -> None:
        async for _ in stream(1, 2):
            break
        notify("after it")

    asyncio.run(consume())
    assert record().outline == [("1 Stream", states.SUCCESS)]
    assert record().last.ordered[0].step is None


# -- errors of our own


@pytest.fixture
def broken_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call on a recorder fails."""

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("the recorder is broken")

    monkeypatch.setattr(guard, "loud", False)
    for name in (
        "say",
        "add_step",
        "close_step",
        "plan",
        "set_progress",
        "count_on",
        "count_loop",
        "suppress",
    ):
        monkeypatch.setattr(Recorder, name, broken)


def test_a_broken_recorder_does_not_change_what_the_block_does(
    updater: TaskUpdater, broken_recorder: None
) -> None:
    failures = guard.failures
    with updater("step", total=3) as block:
        block.notify("text")
        block.advance()
        block.set_progress(1)
        block.plan("a")
        assert list(block.track([1, 2], "loop")) == [1, 2]
        raise ValueError("swallowed")
    assert isinstance(updater.latest_exception, ValueError)
    with pytest.raises(KeyError), step("step"):
        raise KeyError
    assert guard.failures > failures


def _fails_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have the next call on a recorder raise, as where no memory is left."""
    works = getattr(Recorder, name)

    def failing(*args: object, **options: object) -> None:
        monkeypatch.setattr(Recorder, name, works)
        raise MemoryError

    monkeypatch.setattr(guard, "loud", False)
    monkeypatch.setattr(Recorder, name, failing)


def test_what_is_said_in_a_step_that_could_not_be_opened_belongs_to_the_one_around(
    updater: TaskUpdater, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with step("around"):
        _fails_once(monkeypatch, "add_step")
        with step("lost") as lost:
            lost.notify("by its handle")
            lost.advance(3)
            notify("in its block")
            with lost.step("inside"):
                notify("inside")
    with step("after"):
        pass
    assert record().outline == [("1 around", states.SUCCESS), ("2 after", states.SUCCESS)]
    assert [line for line in record().lines_in("around") if "more steps" not in line] == [
        "by its handle",
        "in its block",
        "inside",
    ]


@pytest.mark.parametrize("name", ["_show", "close_step"])
@pytest.mark.parametrize("then", ["a line", "the end of the block"])
def test_a_step_that_could_not_be_closed_is_closed_by_what_comes_next_in_the_block_around(
    updater: TaskUpdater,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    then: str,
) -> None:
    with step("around"):
        with step("inside"):
            _fails_once(monkeypatch, name)
        if then == "a line":
            notify("next")
            assert record().step("inside").state == states.SUCCESS
    assert record().outline == [("1 around", states.SUCCESS), ("1.1 inside", states.SUCCESS)]


def test_a_failed_step_that_could_not_be_shown_is_shown_as_failed(
    updater: TaskUpdater, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with updater("inside"):
        _fails_once(monkeypatch, "_show")
        raise KeyError("no")
    notify("next")
    assert record().outline == [("1 inside", states.FAILURE)]


def test_a_loop_that_could_not_be_counted_is_closed_at_its_end(
    updater: TaskUpdater, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with step("around") as around:
        _fails_once(monkeypatch, "count_loop")
        assert list(around.track([1, 2], "loop")) == [1, 2]
        notify("after it")
        assert record().outline == [("1 around", states.STARTED), ("1.1 loop", states.SUCCESS)]
        assert record().lines_in("around") == ["after it"]
