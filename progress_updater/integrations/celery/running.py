"""The executions of tasks that go on in this thread."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from progress_updater.recording.context import TaskContext
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord


@dataclass(slots=True, kw_only=True)
class Execution:
    """One execution of a task in this thread, and what stood in its place before."""

    task_id: str
    recorder: Recorder
    nesting: int
    """How many tasks in a row were replaced before this one."""
    around: "Execution | None"
    outer_position: StepRecord | None
    outer_context: TaskContext
    exception: BaseException | None = None
    """What Celery said about its failure or its retry."""
    has_sent: bool = False
    """Whether it has sent tasks that are recorded."""
    has_ended: bool = False


execution: Final[ContextVar[Execution | None]] = ContextVar("progress_updater.execution", default=None)


def execution_of(task_id: str) -> Execution | None:
    """Find the execution of a task in this thread.

    Args:
        task_id: the task's id in Celery.

    Returns:
        None where another process, or nobody, executes it.
    """
    here = execution.get()
    return here if here is not None and here.task_id == task_id else None
