"""step, notify, track, plan and carry: they work on the task that runs now."""

import asyncio
import contextvars
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import TaskUpdater, ambient, carry, notify, plan, states, step, task_context, track
from progress_updater.recording.context import task_context as current_context
from progress_updater.recording.guard import guard
from progress_updater.recording.recorder import Recorder
from tests.stored import stored
from tests.updaters import Record

pytestmark = pytest.mark.usefixtures("loud_guard")


# -- messages


def test_a_message_belongs_to_the_innermost_step(record: Record) -> None:
    notify("between steps")
    with step("outer"):
        with step("inner"):
            notify("inside")
        notify("around")
    assert [(line.text, line.step) for line in record().last.ordered] == [
        ("between steps", None),
        ("inside", 2),
        ("around", 1),
    ]


def test_a_message_carries_level_name_audience_and_data(record: Record) -> None:
    notify("text", level="warning", replace="name", public=False, data={"a": 1})
    (line,) = record().last.ordered
    assert (line.level, line.replace, line.public, line.data) == ("warning", "name", False, '{"a":1}')


def test_a_message_replaces_the_one_of_its_name_in_the_whole_task(record: Record) -> None:
    with step("first"):
        notify("10 %", replace="upload")
    record()
    with step("second"):
        notify("20 %", replace="upload")
        notify("other", replace="download")
    assert record().lines == ["20 %", "other"]
    assert record().lines_in("second") == ["20 %", "other"]


def test_free_keywords_are_refused(updater: TaskUpdater) -> None:
    with pytest.raises(TypeError):
        notify("text", percent=3)  # type: ignore[call-arg]


class Unprintable:
    """An object that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("text", [None, 17, Unprintable(), "a\x00b", "\ud800", float("nan"), "x" * 100_000])
def test_a_message_of_any_kind_is_recorded(record: Record, text: object) -> None:
    notify(text, data=text)
    assert len(record().lines) == 1


def test_a_task_near_the_recursion_limit_meets_its_own_error_and_no_other(
    updater: TaskUpdater, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "loud", False)

    def dive(depth: int) -> None:
        notify(f"at {depth}")
        with step("deeper"):
            dive(depth + 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        with pytest.raises(RecursionError):
            dive(0)
    finally:
        sys.setrecursionlimit(limit)
    notify("between steps")
    assert record().unfinished == []
    assert record().lines[:3] == ["at 0", "at 1", "at 2"]
    assert record().last.ordered[-1].step is None


# -- outside any task


def test_outside_any_task_nothing_is_recorded() -> None:
    def outside() -> None:
        plan("a", "b")
        notify("text")
        with step("step", optional=True):
            notify("inside")
            raise ValueError
        assert list(track([1], "loop")) == [1]
        with step("step"):
            assert carry(lambda: 5)() == 5

    contextvars.Context().run(outside)


def test_inside_a_step_outside_any_task_a_record_can_begin() -> None:
    def outside() -> None:
        with step("no task yet"):
            updater = TaskUpdater(task_name="now")
            with updater("part"):
                notify("inside")
            updater.finish()
        record = stored(updater.task_uuid)
        assert (record.state, record.identity.parent) == (states.SUCCESS, None)
        assert record.lines_in("part") == ["inside"]

    contextvars.Context().run(outside)


# -- plans


def test_a_plan_belongs_to_the_current_step(record: Record) -> None:
    with step("block"):
        plan("a", "b")
        with step("a"):
            pass
        assert record().step("block").count.total == 2
    assert record().outline == [
        ("1 block", states.SUCCESS),
        ("1.1 a", states.SUCCESS),
        ("1.2 b", states.IGNORED),
    ]


def test_a_plan_of_the_task_makes_its_total(record: Record) -> None:
    plan("a", 17)
    task = record().task
    assert task
    assert (task.count.total, task.count.percent) == (2, 0)
    assert [name for name, _ in record().outline] == ["1 a", "2 17"]


# -- carry


def test_a_thread_begins_outside_any_task(record: Record) -> None:
    thread = Thread(target=notify, args=("lost",))
    thread.start()
    thread.join()
    assert record().lines == []


def test_a_carried_function_records_where_it_was_carried_from(record: Record) -> None:
    with step("outer"):
        thread = Thread(target=carry(notify), args=("kept",))
        thread.start()
        thread.join()
    assert record().lines_in("outer") == ["kept"]


def test_a_carried_function_is_the_same_function_otherwise(updater: TaskUpdater) -> None:
    def double(value: int) -> int:
        """Double a value."""
        return 2 * value

    carried = carry(double)
    assert (carried(4), carried.__name__, carried.__doc__) == (8, "double", "Double a value.")


def test_a_carried_function_leaves_the_thread_as_it_was(updater: TaskUpdater, record: Record) -> None:
    def work(item: int) -> None:
        with step(f"item {item}"):
            notify(str(item))

    with ThreadPoolExecutor(1) as pool:
        with step("Work"):
            list(pool.map(carry(work), range(3)))
        pool.submit(notify, "not carried").result()
    assert record().lines == ["0", "1", "2"]
    assert [name for name, _ in record().outline] == ["1 Work", "1.1 item 0", "1.2 item 1", "1.3 item 2"]


def test_a_carried_function_that_runs_after_its_step_belongs_to_the_one_around_it(record: Record) -> None:
    with step("outer"):
        with step("inner"):
            late = carry(notify)
        contextvars.Context().run(late, "late")
    assert record().lines_in("outer") == ["late"]


def test_a_carried_coroutine_function_records_where_it_was_carried_from(record: Record) -> None:
    async def work() -> str:
        notify("before")
        await asyncio.sleep(0)
        notify("after")
        return "done"

    with step("outer"):
        carried = carry(work)
    with step("elsewhere"):
        assert asyncio.run(carried()) == "done"
    assert [line.step for line in record().last.ordered] == [None, None]


def test_owner_and_tags_are_carried_too(updater: TaskUpdater) -> None:
    async def owner_later() -> str | None:
        await asyncio.sleep(0)
        return current_context.get().owner_key()

    with task_context(owner="42", tags=["nightly"]):
        carried, carried_coroutine = carry(current_context.get), carry(owner_later)
    assert (carried().owner, carried().tags) == ("42", ("nightly",))
    assert asyncio.run(carried_coroutine()) == "42"
    assert current_context.get().owner is None


def test_a_step_in_a_pool_that_fails_is_where_the_task_failed(updater: TaskUpdater, record: Record) -> None:
    def work(item: int) -> None:
        with step(f"item {item}"):
            if item == 1:
                raise ValueError("no good")

    with updater("Work"), ThreadPoolExecutor(1) as pool:
        list(pool.map(carry(work), range(20)))
    failed = record().step("item 1")
    block = record().step("Work").failure
    assert block
    assert block.step == failed.number
    assert record().step("item 19").state == states.SUCCESS


# -- asyncio


def test_each_asyncio_task_has_its_own_step(record: Record) -> None:
    async def work(name: str) -> None:
        with step(name):
            for number in range(3):
                await asyncio.sleep(0)
                notify(f"{name} {number}")

    async def all_of_it() -> None:
        with step("Work"):
            async with asyncio.TaskGroup() as group:
                for name in "abc":
                    group.create_task(work(name))

    asyncio.run(all_of_it())
    assert [name for name, _ in record().outline] == ["1 Work", "1.1 a", "1.2 b", "1.3 c"]
    assert record().lines_in("b") == ["b 0", "b 1", "b 2"]


def test_asynchronous_code_may_record_without_waiting(record: Record) -> None:
    async def rows() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    async def work() -> None:
        plan("loop")
        async for number in track(rows(), "loop"):
            notify(str(number))

    asyncio.run(work())
    assert record().lines_in("loop") == ["0", "1", "2"]


# -- errors of our own


@pytest.fixture
def break_recorder(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    def break_recorder(error: BaseException) -> None:
        def broken(*args: object, **options: object) -> Any:
            raise error

        for name in ("say", "open", "plan"):
            monkeypatch.setattr(Recorder, name, broken)
        monkeypatch.setattr(ambient, "current_position", broken)

    monkeypatch.setattr(guard, "loud", False)
    return break_recorder


CALLS: list[Callable[[], object]] = [
    lambda: notify("text"),
    lambda: plan("a"),
    lambda: step("step").__enter__(),
    lambda: carry(lambda: None),
]


@pytest.mark.parametrize("call", CALLS, ids=["notify", "plan", "step", "carry"])
def test_an_error_of_our_own_does_not_reach_the_task(
    updater: TaskUpdater, break_recorder: Callable[[BaseException], None], call: Callable[[], object]
) -> None:
    failures = guard.failures
    break_recorder(RuntimeError("the recorder is broken"))
    call()
    assert guard.failures == failures + 1


@pytest.mark.parametrize("call", CALLS, ids=["notify", "plan", "step", "carry"])
@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), KeyboardInterrupt()], ids=repr)
def test_a_time_limit_that_arises_in_our_code_reaches_the_task(
    updater: TaskUpdater,
    break_recorder: Callable[[BaseException], None],
    call: Callable[[], object],
    error: BaseException,
) -> None:
    failures = guard.failures
    break_recorder(error)
    with pytest.raises(type(error)):
        call()
    assert guard.failures == failures
