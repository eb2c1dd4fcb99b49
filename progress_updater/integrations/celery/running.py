"""The executions of tasks that go on in this thread."""

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from progress_updater.integrations.celery.canvas import Call, successors_of
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import TaskContext
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord


@dataclass(kw_only=True)
class Execution:
    """One execution of a task in this thread, and what stood in its place before."""

    task_id: str
    request: Any
    tree: str | None
    """What it shares with the tasks that it belongs to."""
    recorder: Recorder
    nesting: int
    """How many tasks in a row were replaced before this one."""
    around: "Execution | None"
    outer_position: StepRecord | None
    outer_context: TaskContext
    exception: BaseException | None = None
    """What Celery said about its failure or its retry."""
    next_eta: float | None = None
    """When its retry is due, in seconds since the epoch."""
    has_sent: bool = False
    """Whether it has sent tasks that are recorded."""
    is_replaced: bool = False
    """Whether another task goes on in its place, under its id or not."""
    has_ended: bool = False
    description: str = ""
    """What the task has told Celery last that it is doing."""

    @property
    def tree_of_children(self) -> str | None:
        """What the tasks that it sends share; its own id if it was alone, and is recorded."""
        return self.tree or (task_key(self.task_id) if self.recorder.records else None)

    def become_member(self) -> None:
        """Take note that it has sent a task: it is not alone any more."""
        if self.tree is None and self.recorder.records and self.recorder.is_recorded:
            self.tree = self.tree_of_children
            self.recorder.relabel(self.recorder.identity._replace(tree=self.tree))

    @cached_property
    def successors(self) -> dict[str, Call]:
        """The tasks that Celery sends in its name when it has succeeded, by their ids."""
        return successors_of(vars(self.request))


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
