"""track(): count the items of a loop that are done."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sized
from typing import TypeVar, overload

from progress_updater.recording.clean import number
from progress_updater.recording.context import current_position, enter, leave
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.step import StepRecord

T = TypeVar("T")

Opening = Callable[[], StepRecord]


@overload
def tracked(
    iterable: AsyncIterable[T], name: object, total: object, unit: object, skipped: object, parent: Opening
) -> AsyncIterator[T]: ...
@overload
def tracked(
    iterable: Iterable[T], name: object, total: object, unit: object, skipped: object, parent: Opening
) -> Iterator[T]: ...
def tracked(
    iterable: Iterable[T] | AsyncIterable[T],
    name: object,
    total: object,
    unit: object,
    skipped: object,
    parent: Opening,
) -> Iterator[T] | AsyncIterator[T]:
    """Count an iterable's items on a step.

    Args:
        iterable: what is looped over.
        name: the name of a step of its own; None to count on the step around it.
        total: items to come in all; None to ask the iterable.
        unit: what the items are.
        skipped: items that were done before; they count, but not as speed.
        parent: gives the step around it, when the loop begins.

    Returns:
        An iterator of the same items.
    """
    known = total
    if known is None and isinstance(iterable, Sized):
        known = len(iterable) + (number(skipped) or 0)

    def begin() -> StepRecord:
        return _begin(parent, name, known, unit, skipped)

    if isinstance(iterable, AsyncIterable):
        return _counted_async(iterable, begin, own_step=name is not None)
    return _counted(iterable, begin, own_step=name is not None)


@guard.wrap("begin a counted loop", NOTHING)
def _begin(parent: Opening, name: object, total: object, unit: object, skipped: object) -> StepRecord:
    around = parent()
    step = around
    if name is not None:
        step = around.recorder.open_step(around, name)
        enter(step)
    step.skipped = number(skipped) or 0
    step.recorder.set_progress(step, step.skipped or None, total, unit)
    return step


@guard.wrap("end a counted loop", None)
def _end(step: StepRecord, exception: BaseException | None, *, own_step: bool) -> None:
    if own_step:
        leave(step, exception)


def _counted(iterable: Iterable[T], begin: Callable[[], StepRecord], *, own_step: bool) -> Iterator[T]:
    step = begin()
    try:
        for item in iterable:
            yield item
            step.current += 1
    except GeneratorExit:
        # The loop was left early. A signal's exception raised in here would be lost, so nothing is called:
        # CPython looks for signals only after calls and on jumps back.
        step.closed_early = own_step
        raise
    except BaseException as exception:
        _end(step, exception, own_step=own_step)
        raise
    _end(step, None, own_step=own_step)


async def _counted_async(
    iterable: AsyncIterable[T], begin: Callable[[], StepRecord], *, own_step: bool
) -> AsyncIterator[T]:
    step = begin()
    try:
        async for item in iterable:
            yield item
            step.current += 1
    except GeneratorExit:
        step.closed_early = own_step
        raise
    except BaseException as exception:
        _end(step, exception, own_step=own_step)
        raise
    _end(step, None, own_step=own_step)


def position_or_nothing() -> StepRecord:
    """Return the current step, or the null object outside any task."""
    return current_position() or NOTHING
