"""When a task runs: from Celery's prerun to its postrun, in the process that executes it."""

import sys
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from celery import states as celery_states
from celery.exceptions import Reject, Retry

from progress_updater import states
from progress_updater.integrations.celery import settling
from progress_updater.integrations.celery.identity import HEADER, identity_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import TaskContext, current_position, position, task_context
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NullRecorder
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.runs import begin
from progress_updater.settings import current
from progress_updater.writing.channels import channel


@dataclass(slots=True)
class Execution:
    """One execution in this thread, and what stood in its place before."""

    task_id: str
    recorder: Recorder
    around: "Execution | None"
    outer_position: StepRecord | None
    outer_context: TaskContext
    exception: BaseException | None = field(default=None)


_execution: ContextVar[Execution | None] = ContextVar("progress_updater.execution", default=None)


@guard.wrap("begin to record a task", None)
def begin_run(*, task_id: str, task: Any, **_: Any) -> None:
    """Begin a run; everything that the task does in this thread belongs to it."""
    outer = current_position()
    request = task.request
    recorder = _recorder_for(task_id, task, request, outer)
    _execution.set(Execution(task_id, recorder, _execution.get(), outer, task_context.get()))
    position.set(recorder.root)
    task_context.set(
        TaskContext(owner=recorder.identity.owner, about=recorder.identity.about, tags=recorder.identity.tags)
    )


def _recorder_for(task_id: str, task: Any, request: Any, outer: StepRecord | None) -> Recorder:
    selection = selection_for(task.name, task)
    key = task_key(task_id)
    if selection is Recorded.NEVER:
        return NullRecorder(key, in_celery=True)
    delivery = request.delivery_info or {}
    return begin(
        key,
        _identity(task, request, delivery, outer),
        in_celery=True,
        retries=request.retries or 0,
        redelivered=bool(delivery.get("redelivered")),
        worker=request.hostname,
        only_if_used=selection is Recorded.IF_USED,
    )


def _identity(task: Any, request: Any, delivery: dict[str, Any], outer: StepRecord | None) -> Any:
    fields = dict(vars(request))
    if request.is_eager:
        # An eager task has no message: its caller tells what a message would have told.
        context = task_context.get()
        fields[HEADER] = {"owner": context.owner_key(), "about": context.about, "tags": context.tags}
        if outer is not None:
            fields["parent_id"] = outer.recorder.task_uuid
            fields["root_id"] = outer.recorder.identity.root or outer.recorder.task_uuid
    return identity_of(task.name, fields, queue=delivery.get("routing_key"))


def current_execution(task_id: str) -> Execution | None:
    """Find the execution of a task in this thread.

    Args:
        task_id: the task's id.

    Returns:
        None where another process, or nobody, executes it.
    """
    execution = _execution.get()
    return execution if execution is not None and execution.task_id == task_id else None


@guard.wrap("record a task's exception", None)
def note_failure(*, task_id: str, exception: Any, sender: Any = None, einfo: Any = None, **_: Any) -> None:
    """Keep the exception until the task has ended, or settle a task whose process can say nothing."""
    execution = current_execution(task_id)
    if execution is None:
        settling.settle_failed(task_id, sender, exception, einfo)
    else:
        # Celery hands over a stand-in for an exception that cannot be pickled.
        execution.exception = sys.exception() or exception


@guard.wrap("record a task's retry", None)
def note_retry(*, request: Any, reason: Any, sender: Any = None, einfo: Any = None, **_: Any) -> None:
    """Keep the reason of a retry until the execution has ended."""
    execution = current_execution(request.id)
    if execution is None:
        settling.settle_retried(request.id, sender, getattr(reason, "exc", None) or reason, einfo)
    elif isinstance(reason, Retry):
        execution.exception = reason.exc if isinstance(reason.exc, BaseException) else reason


@guard.wrap("record the end of a task", None)
def end_run(*, task_id: str, state: str | None, retval: Any, **_: Any) -> None:
    """End the run as Celery says, and wait, for a limited time, until it is stored."""
    execution = current_execution(task_id)
    if execution is None:
        return
    recorder = execution.recorder
    try:
        # Without a state the process is being stopped: whoever stopped it tells the end.
        if state is not None:
            recorder.finish(_state_of(state, retval), execution.exception or _exception_of(retval))
    finally:
        _execution.set(execution.around)
        position.set(execution.outer_position)
        task_context.set(execution.outer_context)
    if not isinstance(recorder, NullRecorder):
        channel().flush(current().FLUSH_DEADLINE)


def _state_of(state: str, retval: Any) -> str:
    if state == celery_states.REJECTED:
        return states.RETRY if isinstance(retval, Reject) and retval.requeue else states.FAILURE
    return state if state in states.STATES else states.SUCCESS


def _exception_of(retval: Any) -> BaseException | None:
    return retval if isinstance(retval, Reject) else None
