"""Where in a run the code is that runs now, and for whom tasks are sent."""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from progress_updater.recording.step import StepRecord

position: ContextVar[StepRecord | None] = ContextVar("progress_updater.position", default=None)


def current_position() -> StepRecord | None:
    """Return the innermost open step of the code that runs now.

    Returns:
        The step, the run itself between steps, None outside any run.
    """
    here = position.get()
    if here is None or (not here.closed_early and here.ending is None):
        if here is not None and here.early and sys.exception() is None:
            here.recorder.decide_early(here, None)
        return here
    return _leave_ended(here)


def _leave_ended(here: StepRecord | None) -> StepRecord | None:
    while here is not None and here.number is not None and (here.closed_early or here.ending is not None):
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
        abandoned.parent.early.append(abandoned)


def enter(step: StepRecord) -> None:
    """Make a step the current one of this context.

    Args:
        step: an open step.
    """
    step.previous = current_position()
    position.set(step)


def leave(step: StepRecord, exception: BaseException | None) -> None:
    """Return to where the context was before a step, and end what was left open inside it.

    Args:
        step: the step whose block is left; it is closed too.
        exception: what leaves the block.
    """
    inside = _inside_of(step)
    for inner in inside or ():
        inner.recorder.close_step(inner, exception)
    step.recorder.decide_early(step, exception)
    step.recorder.close_step(step, exception)
    if inside is not None:
        position.set(step.previous)


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


task_context: ContextVar[TaskContext] = ContextVar("progress_updater.task_context", default=TaskContext())
