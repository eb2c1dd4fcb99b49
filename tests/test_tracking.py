"""track(): items that are done, and how a loop ended."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import Group

from progress_updater import TaskUpdater, notify, states, step, track
from progress_updater.recording.changes import CountChange
from tests.stored import stored
from tests.updaters import Record

pytestmark = pytest.mark.usefixtures("loud_guard")


def _count(record: Record, name: str) -> tuple[float | None, float | None, str | None]:
    count: CountChange = record().step(name).count
    return count.current, count.total, count.unit


# -- counting


def test_a_loop_with_a_name_is_a_step_that_counts_its_items(record: Record) -> None:
    assert list(track(range(3), "Save rows", unit="rows")) == [0, 1, 2]
    assert record().outline == [("1 Save rows", states.SUCCESS)]
    assert _count(record, "Save rows") == (3, 3, "rows")


def test_an_item_counts_when_it_is_done(record: Record) -> None:
    seen = [record().step("loop").count.current for _ in track("ab", "loop")]
    assert seen == [0, 1]


def test_a_loop_begins_when_it_is_iterated(record: Record) -> None:
    loop = track([1], "loop")
    assert record().last.steps == {}
    list(loop)
    assert record().outline == [("1 loop", states.SUCCESS)]


def test_what_is_said_in_the_body_belongs_to_the_loop(record: Record) -> None:
    for item in track("ab", "loop"):
        notify(item)
        with step(f"inside {item}"):
            pass
    notify("after it")
    assert record().lines_in("loop") == ["a", "b"]
    assert [name for name, _ in record().outline] == ["1 loop", "1.1 inside a", "1.2 inside b"]
    assert record().last.ordered[-1].step is None


def test_without_a_name_the_current_step_counts(record: Record) -> None:
    with step("step"):
        list(track("abc", unit="letters"))
        list(track("de"))
    assert record().outline == [("1 step", states.SUCCESS)]
    assert _count(record, "step") == (5, 5, "letters")


def test_without_a_name_between_steps_the_task_counts(record: Record) -> None:
    with step("before"):
        pass
    record()
    list(track("abc"))
    task = record().task
    assert task
    assert (task.count.current, task.count.total, task.count.percent) == (3, 3, 100)


def test_without_a_name_the_declared_total_of_the_step_stays(record: Record) -> None:
    with step("step", total=200):
        list(track(range(50)))
        assert _count(record, "step") == (50, 200, None)


def test_a_generator_has_no_total(record: Record) -> None:
    list(track((letter for letter in "abc"), "loop"))
    assert _count(record, "loop") == (3, None, None)
    assert record().step("loop").count.percent is None


def test_a_declared_total_counts_more_than_the_length(record: Record) -> None:
    list(track("abc", "loop", total=10))
    assert _count(record, "loop") == (3, 10, None)


def test_items_that_were_done_before_count_but_not_as_speed(record: Record) -> None:
    loop = track(range(5), "loop", skipped=95)
    next(loop)
    assert _count(record, "loop") == (95, 100, None)
    assert record().step("loop").count.rate is None
    list(loop)
    assert _count(record, "loop") == (100, 100, None)


class NoLength:
    """A list that cannot tell its length."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __len__(self) -> int:
        raise self.error

    def __iter__(self) -> Iterator[str]:
        return iter("abc")


def test_an_iterable_that_cannot_tell_its_length_is_looped_over_all_the_same(record: Record) -> None:
    assert list(track(NoLength(OSError("no answer")), "loop")) == ["a", "b", "c"]
    assert _count(record, "loop") == (3, None, None)


def test_a_time_limit_that_arises_while_the_length_is_asked_for_passes(updater: TaskUpdater) -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        next(track(NoLength(SoftTimeLimitExceeded()), "loop"))


class OldSequence:
    """A sequence as they were before iterators."""

    def __getitem__(self, index: int) -> str:
        return "abc"[index]


def test_whatever_a_for_loop_takes_is_tracked(updater: TaskUpdater) -> None:
    assert list(track(OldSequence())) == ["a", "b", "c"]  # type: ignore[call-overload]
    assert list(track({"a": 1}.items())) == [("a", 1)]


def test_what_cannot_be_looped_over_fails_as_in_a_for_loop(updater: TaskUpdater) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        list(track(17, "loop"))  # type: ignore[call-overload]


def test_outside_any_task_a_loop_is_only_a_loop() -> None:
    assert list(track([1, 2], "loop", total=5, unit="rows")) == [1, 2]
    assert list(track([1, 2])) == [1, 2]
    for _ in track([1, 2], "loop"):
        break


# -- how a loop ends


def test_a_loop_that_is_left_with_break_has_succeeded_with_the_true_number(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("block"):
        for item in track(range(10), "loop"):
            if item == 4:
                break
        notify("after it")
    assert record().outline[1] == ("1.1 loop", states.SUCCESS)
    assert _count(record, "loop") == (4, 10, None)
    assert record().lines_in("block") == ["after it"]


def test_a_loop_that_is_left_with_return_has_succeeded(record: Record) -> None:
    def find(wanted: int) -> int | None:
        for item in track(range(10), "Find"):
            if item == wanted:
                return item
        return None

    assert find(3) == 3
    with step("next"):
        pass
    assert record().outline == [("1 Find", states.SUCCESS), ("2 next", states.SUCCESS)]


def test_an_exception_of_the_body_fails_the_loop_at_its_item(updater: TaskUpdater, record: Record) -> None:
    with updater("block"):
        for item in track(range(1_000), "loop"):
            if item == 411:
                raise ValueError("no good")
    loop = record().step("loop")
    assert (loop.state, loop.count.current, loop.count.total) == (states.FAILURE, 411, 1_000)
    assert loop.failure
    assert (loop.failure.text, loop.failure.step) == ("no good", loop.number)
    assert loop.failure.where == "at item 412 of 1,000"
    assert loop.failure.traceback
    block = record().step("block").failure
    assert block
    assert (block.step, block.where) == (loop.number, "at item 412 of 1,000")


def test_the_end_of_the_task_tells_where_in_a_loop_it_failed() -> None:
    with pytest.raises(ValueError, match="no good"), TaskUpdater() as updater:
        for _ in track("abc", "loop", unit="rows"):
            raise ValueError("no good")
    failure = stored(updater.task_uuid).last.attempt.failure
    assert failure
    assert (failure.step, failure.where) == (1, "at 1 of 3 rows")


def test_a_step_in_the_body_that_fails_fails_the_loop_too(updater: TaskUpdater, record: Record) -> None:
    with updater("block"):
        for item in track("ab", "loop"):
            with step(f"inside {item}"):
                raise ValueError
    states_of = dict(record().outline)
    assert states_of == {
        "1 block": states.FAILURE,
        "1.1 loop": states.FAILURE,
        "1.1.1 inside a": states.FAILURE,
    }
    loop = record().step("loop").failure
    assert loop
    assert (loop.step, loop.where) == (3, "at item 1 of 2")


def test_an_exception_of_the_body_that_is_caught_inside_the_block_leaves_the_loop_a_success(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("block"):
        try:
            for _ in track("ab", "loop"):
                raise ValueError
        except ValueError:
            notify("caught")
        notify("after it")
    assert record().outline == [("1 block", states.SUCCESS), ("1.1 loop", states.SUCCESS)]
    assert record().lines_in("block") == ["caught", "after it"]


def test_a_loop_that_was_left_early_fails_with_what_then_leaves_the_block(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("block"):
        for _ in track("ab", "loop"):
            break
        raise ValueError("right after")
    assert record().outline == [("1 block", states.FAILURE), ("1.1 loop", states.FAILURE)]


def test_an_exception_of_the_iterable_fails_the_loop(updater: TaskUpdater, record: Record) -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise ValueError("no second row")

    with updater("block"):
        list(track(rows(), "loop", total=2))
    failure = record().step("loop").failure
    assert failure
    assert (failure.text, failure.step, failure.where) == ("no second row", 2, "at item 2 of 2")


def test_a_loop_in_a_loop_is_a_step_in_a_step(record: Record) -> None:
    for _ in track("ab", "outer"):
        for _ in track("cd", "inner"):
            break
    assert record().outline == [
        ("1 outer", states.SUCCESS),
        ("1.1 inner", states.SUCCESS),
        ("1.2 inner", states.SUCCESS),
    ]


def test_two_loops_side_by_side_are_two_steps(record: Record) -> None:
    pairs = zip(track("ab", "letters"), track([1, 2], "numbers"), strict=True)
    assert list(pairs) == [("a", 1), ("b", 2)]
    assert {state for _, state in record().outline} == {states.SUCCESS}


def test_a_loop_whose_generator_lives_on_ends_with_its_block(updater: TaskUpdater, record: Record) -> None:
    with updater("block"):
        loop = track("abc", "loop")
        next(loop)
    assert record().outline == [("1 block", states.SUCCESS), ("1.1 loop", states.SUCCESS)]
    loop.close()  # type: ignore[attr-defined]


def test_an_unnamed_loop_that_is_left_early_does_not_end_its_step(record: Record) -> None:
    with step("step"):
        for _ in track("abc"):
            break
        notify("still in it")
    assert record().lines_in("step") == ["still in it"]


# -- asynchronous loops


async def letters(*items: Any) -> AsyncIterator[Any]:
    """Yield items, one after the other."""
    for item in items:
        await asyncio.sleep(0)
        if isinstance(item, Exception):
            raise item
        yield item


def test_an_asynchronous_loop_counts_its_items(record: Record) -> None:
    async def loop() -> list[str]:
        return [item async for item in track(letters("a", "b"), "loop", total=2)]

    assert asyncio.run(loop()) == ["a", "b"]
    assert record().outline == [("1 loop", states.SUCCESS)]
    assert _count(record, "loop") == (2, 2, None)


def test_an_asynchronous_loop_that_is_left_early_is_over_at_once(record: Record) -> None:
    async def loop() -> None:
        async for _ in track(letters("a", "b"), "loop"):
            break
        notify("after it")
        with step("next"):
            await asyncio.sleep(0)

    asyncio.run(loop())
    assert record().outline == [("1 loop", states.SUCCESS), ("2 next", states.SUCCESS)]
    assert record().last.ordered[0].step is None


async def left_early(rounds: int, problem: Exception | None = None) -> None:
    """Leave a loop, and then give the event loop some rounds, or none, to close it."""
    async for letter in track(letters("a", "b", "c"), "loop"):
        if letter == "b":
            if problem is not None:
                raise problem
            break
    for _ in range(rounds):
        await asyncio.sleep(0)


@pytest.mark.parametrize("rounds", [0, 3])
def test_a_loop_that_its_coroutine_left_at_last_is_over_with_the_block_around(
    updater: TaskUpdater, record: Record, rounds: int
) -> None:
    with updater("around"):
        asyncio.run(left_early(rounds))
    assert record().outline == [("1 around", states.SUCCESS), ("1.1 loop", states.SUCCESS)]


def test_a_loop_that_an_exception_left_fails_with_it_where_the_event_loop_ends_too(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("around"):
        asyncio.run(left_early(0, ValueError("no good")))
    assert record().outline == [("1 around", states.FAILURE), ("1.1 loop", states.FAILURE)]
    failure = record().step("loop").failure
    assert failure
    assert failure.text == "no good"


@pytest.mark.parametrize("rounds", [0, 3])
def test_a_record_ends_though_a_coroutine_in_it_has_left_a_loop_at_last(
    updater: TaskUpdater, record: Record, rounds: int
) -> None:
    asyncio.run(left_early(rounds))
    updater.finish()
    assert record().outline == [("1 loop", states.SUCCESS)]
    assert record().state == states.SUCCESS


def test_an_asynchronous_loop_that_is_closed_by_hand_is_over(record: Record) -> None:
    async def loop() -> None:
        items = track(letters("a", "b"), "loop")
        await anext(items)
        await items.aclose()  # type: ignore[attr-defined]
        notify("after it")

    asyncio.run(loop())
    assert record().outline == [("1 loop", states.SUCCESS)]
    assert record().last.ordered[0].step is None


def test_an_exception_of_an_asynchronous_body_fails_the_loop(updater: TaskUpdater, record: Record) -> None:
    async def loop() -> None:
        with updater("block"):
            async for _ in track(letters("a", "b"), "loop", total=2):
                raise ValueError

    asyncio.run(loop())
    failure = record().step("loop").failure
    assert failure
    assert failure.where == "at item 1 of 2"


def test_an_exception_of_an_asynchronous_iterable_fails_the_loop(record: Record) -> None:
    async def loop() -> None:
        async for _ in track(letters("a", ValueError("no good")), "loop"):
            pass

    with pytest.raises(ValueError, match="no good"):
        asyncio.run(loop())
    assert record().step("loop").state == states.FAILURE


def test_an_unnamed_asynchronous_loop_counts_on_the_current_step(record: Record) -> None:
    async def loop() -> None:
        with step("step"):
            async for _ in track(letters("a", "b")):
                pass
            async for _ in track(letters("c", "d")):
                break
            notify("still in it")

    asyncio.run(loop())
    gc.collect()
    assert _count(record, "step") == (2, None, None)
    assert record().lines_in("step") == ["still in it"]


# -- query sets, which can be looped over either way


@pytest.fixture
def groups(db: None) -> Any:
    Group.objects.bulk_create(Group(name=name) for name in "abc")
    return Group.objects.order_by("name")


def test_a_query_set_is_tracked_with_its_length_and_one_query(
    groups: Any, record: Record, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        names = [group.name for group in track(groups, "loop", unit="groups")]
    assert names == ["a", "b", "c"]
    assert _count(record, "loop") == (3, 3, "groups")


def test_a_query_set_is_tracked_in_asynchronous_code(transactional_db: None, record: Record) -> None:
    Group.objects.create(name="a")

    async def loop() -> list[str]:
        return [group.name async for group in track(Group.objects.all(), "loop")]

    assert asyncio.run(loop()) == ["a"]
    assert _count(record, "loop") == (1, None, None)


def test_a_query_set_is_tracked_on_the_current_step(groups: Any, record: Record) -> None:
    with step("step"):
        assert len(list(track(groups))) == 3
        list(track(groups.iterator()))
    assert _count(record, "step") == (6, 3, None)
