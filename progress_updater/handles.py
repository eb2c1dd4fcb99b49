"""What `with step(...) as s` gives: one block, and the calls on it."""

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from progress_updater.position_calls import PositionCalls
from progress_updater.recording.clean import number
from progress_updater.recording.context import begin_step, leave
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.passing import PASSING, may_be_suppressed
from progress_updater.recording.step import StepRecord
from progress_updater.tracking import Position, counted_async, end_loop

P = ParamSpec("P")
R = TypeVar("R")

Entered = tuple[StepRecord, "Entered | None"]
"""The steps of a handle whose blocks are not left: the innermost, and those around it."""


class StepMaker(PositionCalls):
    """What a position has besides: blocks of code that become steps there."""

    def step(self, name: object, *, total: object = None, unit: object = None) -> "PassingStep":
        """Make a block of code a step inside this one; every exception passes.

        Args:
            name: the step's name.
            total: units to do, None where nobody knows.
            unit: what is counted.

        Returns:
            A context manager, and a decorator.
        """
        return PassingStep(name, self._position, total, unit)


class StepHandle(StepMaker):
    """A block of code that becomes a step each time it is entered.

    Args:
        name: the step's name.
        parent: gives the step around it, when the block is entered; None outside any task.
        total: units to do, None where nobody knows.
        unit: what is counted.

    Attributes:
        exception: what left the block the last time, None when it came to its end.
    """

    exception: BaseException | None = None

    def __init__(self, name: object, parent: Position, total: object, unit: object) -> None:
        self._step = NOTHING
        self._entered: Entered | None = None
        self._name = name
        self._parent = parent
        self._total = total
        self._unit = unit

    @property
    def failed(self) -> bool:
        """Whether an exception left the block the last time."""
        return self.exception is not None

    def __enter__(self) -> Self:
        self.exception = None
        self._step = step = self._opened()
        self._entered = step, self._entered
        return self

    def _opened(self) -> StepRecord:
        parent = NOTHING
        try:
            parent = self._parent() or NOTHING
            return begin_step(parent, self._name, self._total, self._unit)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, "open a step")
            return _stand_in(parent)

    def _leave(self, exception: BaseException | None) -> None:
        self.exception = exception
        if self._entered is None:
            return
        step, around = self._entered
        self._entered = around
        if around is not None:
            self._step = around[0]
        try:
            leave(step, exception)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, "close a step")

    def _position(self) -> StepRecord:
        return self._step

    def advance(self, units: float = 1) -> None:
        """Count units that are done; as the others count, with less between the call and the addition.

        Args:
            units: how many more.
        """
        step = self._step
        if not step.counting or step.from_steps:
            self._count_on(step)
        try:
            step.current += units if type(units) is int else number(units) or 0  # as add() does it
        except OverflowError:
            return

    @guard.wrap("count on a step", None)
    def _count_on(self, step: StepRecord) -> None:
        step.recorder.count_on(step)


@guard.wrap("stand in for a step that could not be opened", NOTHING)
def _stand_in(parent: StepRecord) -> StepRecord:
    return parent.unkept_child("")


class PassingStep(StepHandle):
    """A step that lets every exception pass. It is a decorator too, for functions, sync and async."""

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(exception)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Make each call of a function a step.

        Args:
            function: a function, a coroutine function, or a generator function of either kind.

        Returns:
            The function, wrapped.
        """
        if inspect.iscoroutinefunction(function):
            return cast(Callable[P, R], self._around_coroutine(function))
        if inspect.isgeneratorfunction(function):
            return cast(Callable[P, R], self._around_generator(function))
        if inspect.isasyncgenfunction(function):
            return cast(Callable[P, R], self._around_async_generator(function))

        @functools.wraps(function)
        def in_step(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._another():
                return function(*args, **kwargs)

        return in_step

    def _around_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def in_step(*args: Any, **kwargs: Any) -> Any:
            with self._another():
                return await function(*args, **kwargs)

        return in_step

    def _around_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def in_step(*args: Any, **kwargs: Any) -> Any:
            step = self._opened()
            try:
                result = yield from function(*args, **kwargs)
            except GeneratorExit:
                # It was left early; as in tracking.py, nothing is called here.
                step.closed_early = True
                raise
            except BaseException as exception:
                end_loop(step, exception)
                raise
            end_loop(step, None)
            return result

        return in_step

    def _around_async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def in_step(*args: Any, **kwargs: Any) -> Any:
            return counted_async(function(*args, **kwargs), self._opened, own_step=True)

        return in_step

    def _another(self) -> "PassingStep":
        return PassingStep(self._name, self._parent, self._total, self._unit)


class SuppressingStep(StepHandle):
    """A step that swallows an exception of its block, so that what comes after it still runs.

    Control flow and time limits pass all the same; see recording/passing.py.

    Args:
        name: the step's name.
        parent: gives the step around it, when the block is entered; None outside any task.
        total: units to do, None where nobody knows.
        unit: what is counted.
        on_suppressed: told of what was swallowed.
    """

    def __init__(
        self,
        name: object,
        parent: Position,
        total: object,
        unit: object,
        on_suppressed: Callable[[StepRecord, Exception], None],
    ) -> None:
        super().__init__(name, parent, total, unit)
        self._on_suppressed = on_suppressed

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> bool:
        step = self._step
        self._leave(exception)
        if exception is None or not may_be_suppressed(exception):
            return False
        self._on_suppressed(step, cast(Exception, exception))
        return True
