"""The functions that work on the task that runs now: no object is handed around."""

import functools
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Literal, ParamSpec, TypeVar, cast, overload

from progress_updater.handles import PassingStep, SuppressingStep
from progress_updater.recording.cancelling import stop_if_cancelled
from progress_updater.recording.context import current_position, position, task_context
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.recording.step import StepRecord
from progress_updater.tracking import tracked

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


@overload
def step(
    name: object, *, total: object = ..., unit: object = ..., optional: Literal[False] = ...
) -> PassingStep: ...
@overload
def step(
    name: object, *, total: object = ..., unit: object = ..., optional: Literal[True]
) -> SuppressingStep: ...
def step(
    name: object, *, total: object = None, unit: object = None, optional: bool = False
) -> PassingStep | SuppressingStep:
    """Make a block of code a step of the running task.

    Args:
        name: the step's name.
        total: units to do, None where nobody knows.
        unit: what is counted.
        optional: swallow an exception of the block; the step is shown as failed, the task is not.

    Returns:
        A context manager; without `optional` a decorator too.
    """
    if optional:
        return SuppressingStep(name, current_position, total, unit, _accept)
    return PassingStep(name, current_position, total, unit)


def _accept(step: StepRecord, exception: Exception) -> None:
    """Leave the task as it is: the step was optional."""


def notify(
    text: object, *, level: str = "info", replace: str | None = None, public: bool = True, data: object = None
) -> None:
    """Say something in the current step of the running task.

    Args:
        text: what is said; anything that can be printed.
        level: a level of logging: "debug", "info", "warning", "error", "critical".
        replace: a name; a later message of the same name takes the place of this one.
        public: whether the owner of the task may read it.
        data: kept with it as JSON.
    """
    try:
        here = current_position()
        if here is not None:
            here.recorder.say(here, text, level, replace, public, data)
    except PASSING:
        raise
    except Exception as error:
        guard.report(error, "record a message")


@overload
def track(
    iterable: AsyncIterable[T],
    name: object = ...,
    total: object = ...,
    unit: object = ...,
    skipped: object = ...,
) -> AsyncIterator[T]: ...
@overload
def track(
    iterable: Iterable[T], name: object = ..., total: object = ..., unit: object = ..., skipped: object = ...
) -> Iterator[T]: ...
def track(
    iterable: Any, name: object = None, total: object = None, unit: object = None, skipped: object = 0
) -> Any:
    """Count the items of a loop that are done.

    Args:
        iterable: what is looped over, async iterables too.
        name: opens a step; without a name the current step counts.
        total: items to come in all; by default the iterable is asked for its length.
        unit: what the items are.
        skipped: items that were done before; they count, but not as speed.

    Returns:
        An iterator of the same items.
    """
    return tracked(iterable, name, total, unit, skipped, current_position)


@guard.wrap("plan steps", None)
def plan(*names: object) -> None:
    """Announce steps to come in the current step, so that totals are honest from the start.

    Args:
        names: their names, in order.
    """
    here = current_position()
    if here is not None:
        here.recorder.plan(here, names)


@guard.wrap("look whether the task was cancelled", None)
def check_cancelled() -> None:
    """Stop here if somebody has cancelled the running task.

    Raises:
        TaskCancelled: somebody has; let it pass, after cleaning up.
    """
    here = current_position()
    if here is not None:
        stop_if_cancelled(here.recorder)


@guard.wrap("find the current step", None)
def _current_step() -> StepRecord | None:
    return current_position()


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """Take the current step along to another thread, an executor or a greenlet.

    Args:
        function: what will run there; a coroutine function too.

    Returns:
        The function; its steps and messages belong to the step that is current now.
    """
    here, sending = _current_step(), task_context.get()

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def carried_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            there, then = position.set(here), task_context.set(sending)
            try:
                return await function(*args, **kwargs)
            finally:
                position.reset(there)
                task_context.reset(then)

        return cast(Callable[P, R], carried_coroutine)

    @functools.wraps(function)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        there, then = position.set(here), task_context.set(sending)
        try:
            return function(*args, **kwargs)
        finally:
            position.reset(there)
            task_context.reset(then)

    return carried
