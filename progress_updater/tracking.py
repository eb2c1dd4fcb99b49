"""track(): count the items of a loop that are done."""

import weakref
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

from progress_updater.recording.cancelling import stop_if_cancelled
from progress_updater.recording.context import begin_step, leave_loop
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.passing import PASSING
from progress_updater.recording.step import StepRecord

T = TypeVar("T")

Opening = Callable[[], StepRecord]
Position = Callable[[], StepRecord | None]
"""Gives the step around, None outside any task."""


@overload
def tracked(
    iterable: AsyncIterable[T], name: object, total: object, unit: object, skipped: object, parent: Position
) -> AsyncIterator[T]: ...
@overload
def tracked(
    iterable: Iterable[T], name: object, total: object, unit: object, skipped: object, parent: Position
) -> Iterator[T]: ...
def tracked(
    iterable: Any, name: object, total: object, unit: object, skipped: object, parent: Position
) -> Any:
    """Count an iterable's items on a step.

    Args:
        iterable: what is looped over.
        name: the name of a step of its own; None to count on the step around it.
        total: items to come in all; None to ask the iterable.
        unit: what the items are.
        skipped: items that were done before; they count, but not as speed.
        parent: gives the step around it, when the loop begins; None outside any task.

    Returns:
        An iterator of the same items.
    """

    @guard.wrap("begin a counted loop", NOTHING)
    def begin() -> StepRecord:
        around = parent() or NOTHING
        step = around if name is None else begin_step(around, name)
        count(step)
        return step

    @guard.wrap("count a loop", None)
    def count(step: StepRecord) -> None:
        length = _length_of(iterable) if total is None else None
        step.recorder.count_loop(step, total, unit, skipped, length)

    if not isinstance(iterable, AsyncIterable):
        return _counted(iterable, begin, own_step=name is not None)
    if not isinstance(iterable, Iterable):
        return counted_async(iterable, begin, own_step=name is not None)
    return _EitherWay(iterable, begin, own_step=name is not None)


def _length_of(iterable: Any) -> int | None:
    try:
        return len(iterable)
    except PASSING:
        raise
    except Exception:
        # It has none, or it cannot tell now, as a query in asynchronous code.
        return None


class _EitherWay(Generic[T]):
    """Count what can be looped over by `for` and by `async for`, as a QuerySet."""

    def __init__(self, iterable: Any, begin: Opening, *, own_step: bool) -> None:
        self._iterable = iterable
        self._begin = begin
        self._own_step = own_step

    def __iter__(self) -> Iterator[T]:
        return _counted(self._iterable, self._begin, own_step=self._own_step)

    def __aiter__(self) -> AsyncIterator[T]:
        return counted_async(self._iterable, self._begin, own_step=self._own_step)


@guard.wrap("end a counted loop", None)
def end_loop(step: StepRecord, exception: BaseException | None, *, own_step: bool = True) -> None:
    """End a loop that has come to its end.

    Args:
        step: the step on which it was counted.
        exception: what ended it.
        own_step: whether the step is the loop's own.
    """
    if own_step:
        leave_loop(step, exception)


def _counted(iterable: Iterable[T], begin: Opening, *, own_step: bool) -> Iterator[T]:
    step = begin()
    recorder = step.recorder
    try:
        for item in iterable:
            yield item
            step.current += 1
            if recorder.cancel_requested:
                stop_if_cancelled(recorder)
    except GeneratorExit:
        # The loop was left early. A signal's exception raised in here would be lost, so nothing is called:
        # CPython looks for signals only after calls and on jumps back.
        step.closed_early = own_step
        raise
    except BaseException as exception:
        end_loop(step, exception, own_step=own_step)
        raise
    end_loop(step, None, own_step=own_step)


def counted_async(iterable: AsyncIterable[T], begin: Opening, *, own_step: bool) -> AsyncIterator[T]:
    """Count the items of an asynchronous iterable.

    Args:
        iterable: what is looped over.
        begin: gives the step on which it is counted, when the loop begins.
        own_step: whether the step is the loop's own.

    Returns:
        An iterator of the same items.
    """
    itself: list[weakref.ref[object]] = []
    generator = _counted_async(iterable, begin, itself, own_step=own_step)
    # The event loop closes an abandoned generator later, and elsewhere; its reference dies at once.
    itself.append(weakref.ref(generator))
    return generator


async def _counted_async(
    iterable: AsyncIterable[T], begin: Opening, itself: list["weakref.ref[object]"], *, own_step: bool
) -> AsyncIterator[T]:
    step = begin()
    recorder = step.recorder
    if own_step:
        step.loop = itself[0]
    try:
        async for item in iterable:
            yield item
            step.current += 1
            if recorder.cancel_requested:
                stop_if_cancelled(recorder)
    except GeneratorExit:
        _leave_early(step, own_step=own_step)
        raise
    except BaseException as exception:
        if itself[0]() is None:
            # It was left early, and asyncio.run() has cancelled what should close it.
            _leave_early(step, own_step=own_step)
        else:
            end_loop(step, exception, own_step=own_step)
        raise
    end_loop(step, None, own_step=own_step)


def _leave_early(step: StepRecord, *, own_step: bool) -> None:
    # The block around may go on in a context that does not know the loop, as after asyncio.run(): it is told.
    step.closed_early = own_step
    if own_step and step.parent is not None:
        step.parent.early += (step,)
