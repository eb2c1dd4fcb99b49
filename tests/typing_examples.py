"""What the type checker knows of blocks and loops. It is not run: mypy reads it.

An `__exit__` of the type bool tells mypy that a block may swallow an exception, so that the code behind it is
reached without a result; one of the type None tells that it never does.
"""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from progress_updater import TaskUpdater, carry, step, track
from progress_updater.handles import PassingStep, SuppressingStep

updater = TaskUpdater()

assert_type(updater("step"), SuppressingStep)
assert_type(updater("step", suppress=True), SuppressingStep)
assert_type(updater("step", suppress=False), PassingStep)
assert_type(updater("step", suppress=bool(updater.task_uuid)), PassingStep | SuppressingStep)
assert_type(updater.step("step"), PassingStep)
assert_type(step("step"), PassingStep)
assert_type(step("step", optional=True), SuppressingStep)
assert_type(updater.latest_exception, Exception | None)


def after_a_block_that_may_swallow() -> int | None:
    """Without the last line mypy would complain: Missing return statement."""
    with updater("step"):
        return 1
    return None


def after_an_optional_step() -> int | None:
    """As above."""
    with step("step", optional=True):
        return 1
    return None


def after_a_block_that_lets_exceptions_pass() -> int:
    """Nothing is missing behind the block."""
    with step("step") as block:
        assert_type(block, PassingStep)
        return 1


def after_a_block_that_was_told_to_let_them_pass() -> int:
    """Nothing is missing behind the block."""
    with updater("step", suppress=False):
        return 1


def after_the_block_of_an_updater() -> int:
    """Nothing is missing behind the block."""
    with TaskUpdater() as entered:
        assert_type(entered, TaskUpdater)
        return 1


@step("Double")
def double(value: int) -> int:
    """Keep the signature."""
    return 2 * value


@step("Fetch")
async def fetch(name: str) -> bytes:
    """Keep the signature."""
    return name.encode()


assert_type(double(1), int)
assert_type(carry(double)(1), int)
assert_type(track([1, 2]), Iterator[int])
assert_type(updater.track({"a": 1}, "loop", total=1), Iterator[str])


async def asynchronous(rows: AsyncIterator[str]) -> None:
    """Loops and coroutines keep their types."""
    assert_type(await fetch("name"), bytes)
    assert_type(track(rows, "loop", unit="rows"), AsyncIterator[str])
    async for row in updater.track(rows):
        assert_type(row, str)
