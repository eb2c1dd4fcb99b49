"""Where in a run the code is that runs now, and for whom tasks are sent."""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from progress_updater.recording.cancelling import stop_if_cancelled
from progress_updater.recording.passing import PASSING
from progress_updater.recording.step import StepRecord

position: ContextVar[StepRecord | None] = ContextVar("progress_updater.position", default=None)


def current_position() -> StepRecord | None:
    """Return the innermost open step of the code that runs now.

    Returns:
        The step, the run itself between steps, None outside any run.
    """
    here = position.get()
    if here is None:
        return None
    if here.closed_early or here.ending is not None or here.loop is not None:
        return _leave_over(here)
    if here.early and sys.exception() is None:
        here.recorder.decide_early(here, None)
    return here


def _leave_over(here: StepRecord | None) -> StepRecord | None:
    while here is not None and here.is_over:
        outer = here.previous
        if here.ending is None:
            _postpone(here)
        here = outer
    position.set(here)
    return here


def _postpone(abandoned: StepRecord) -> None:
    # With an exception in flight the loop may have been left by it: the block around decides.
    if sys.exception() is None or abandoned.parent is None:
        abandoned.recorder.close_step(abandoned, None)
    else:
        abandoned.parent.early += (abandoned,)


def begin_step(parent: StepRecord, name: object, total: object = None, unit: object = None) -> StepRecord:
    """Open a step and make it the current one of this context.

    Args:
        parent: the step around it.
        name: anything that can be printed.
        total: units to do, None where nobody knows.
        unit: what is counted.

    Returns:
        The open step.

    Raises:
        TaskCancelled: somebody has cancelled the run.
    """
    # Entered before it is opened: whatever a signal interrupts, the block around closes what is open.
    recorder = parent.recorder
    if recorder.cancel_requested:
        stop_if_cancelled(recorder)
    step = recorder.add_step(parent, name)
    if recorder.records:
        step.previous = parent if position.get() is parent else current_position()
        position.set(step)
    try:
        recorder.open(step, total, unit)
    except BaseException as exception:
        leave(step, exception)
        raise
    return step


def leave(step: StepRecord, exception: BaseException | None) -> None:
    """Return to where the context was before a step, and end what was left open inside it.

    Args:
        step: the step whose block is left; it is closed too.
        exception: what leaves the block.
    """
    here = position.get()
    try:
        if here is not step or step.early:
            leave_inside(step, exception)
        step.recorder.close_step(step, exception)
    except PASSING:
        # Still here: the block around closes what a signal has left open.
        raise
    except Exception:
        _go_back(step)
        _close_later(step, exception)
        raise
    if here is step:
        position.set(step.previous)
    else:
        _go_back(step)


def _close_later(step: StepRecord, exception: BaseException | None) -> None:
    # With an exception that is not described yet it waits for the block around, or the end of the run.
    if step.parent is not None and (exception is None or step.ending is not None):
        step.parent.early += (step,)


def _go_back(step: StepRecord) -> None:
    if _inside_of(step) is not None:
        position.set(step.previous)


def leave_inside(step: StepRecord, exception: BaseException | None) -> None:
    """End what this context has left open inside a step.

    Args:
        step: the step, or the run itself.
        exception: what leaves its block.
    """
    if position.get() is not step:
        for inner in _inside_of(step) or ():
            inner.recorder.close_step(inner, exception)
    step.recorder.decide_early(step, exception)


def leave_loop(step: StepRecord, exception: BaseException | None) -> None:
    """End a loop; unlike a block it may end while steps that its consumer has opened meanwhile go on.

    Args:
        step: the loop's step.
        exception: what leaves the loop.
    """
    if all(inner.is_over for inner in _inside_of(step) or ()):
        leave(step, exception)
    else:
        step.recorder.decide_early(step, exception)
        step.recorder.close_step(step, exception)


def _inside_of(step: StepRecord) -> list[StepRecord] | None:
    """List what this context has entered since the step; None where it never entered it."""
    inside: list[StepRecord] = []
    here = position.get()
    while here is not None and here is not step:
        inside.append(here)
        here = here.previous
    return None if here is None else inside


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """For whom and about what the tasks are that are sent now."""

    owner: str | Callable[[], str | None] | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()

    def owner_key(self) -> str | None:
        """Return the owner; a callable is asked only when a task is really sent."""
        return self.owner() if callable(self.owner) else self.owner


NO_CONTEXT: Final = TaskContext()

task_context: ContextVar[TaskContext] = ContextVar("progress_updater.task_context", default=NO_CONTEXT)
