"""When a task runs: from Celery's prerun to its postrun, in the process that executes it."""

import sys
from typing import Any

from progress_updater import states
from progress_updater.exceptions import TaskCancelled
from progress_updater.integrations.celery import settling
from progress_updater.integrations.celery.abandoning import abandon_rest
from progress_updater.integrations.celery.arguments import tell_result
from progress_updater.integrations.celery.calls import NOT_TOLD, call_of_request
from progress_updater.integrations.celery.canvas import has_rest
from progress_updater.integrations.celery.foretelling import prompt_all, rest_to_record
from progress_updater.integrations.celery.identity import HEADER, identity_of, said_in
from progress_updater.integrations.celery.outcome import Outcome, outcome_of
from progress_updater.integrations.celery.running import Execution, execution, execution_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.integrations.celery.time_limits import keep_soft_time_limit
from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import TaskContext, current_position, position, task_context
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NullRecorder
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.runs import begin
from progress_updater.settings import current
from progress_updater.writing.channels import channel


@keep_soft_time_limit
@guard.wrap("begin to record a task", None)
def begin_run(*, task_id: str, task: Any, **_: Any) -> None:
    """Begin a run; everything that the task does in this thread belongs to it."""
    # Asked for once: Celery looks it up on its stack of requests each time.
    request, outer, selection = task.request, current_position(), selection_for(task.name, task)
    identity = _identity(task, request, outer, selection)
    recorder = _recorder_for(task_id, request, identity, selection)
    execution.set(
        Execution(
            task_id=task_id,
            request=request,
            tree=identity.tree,
            recorder=recorder,
            nesting=request.replaced_task_nesting,
            around=execution.get(),
            outer_position=outer,
            outer_context=task_context.get(),
        )
    )
    position.set(recorder.root)
    task_context.set(_context_of(recorder, identity))
    _foretell(request)


def _foretell(request: Any) -> None:
    """Record the rest of a canvas whose sender has not done so."""
    if has_rest(vars(request)) and not said_in(vars(request)).get("tree"):
        prompt_all(rest_to_record(vars(request)))


def _recorder_for(task_id: str, request: Any, identity: Identity, selection: Recorded) -> Recorder:
    key = task_key(task_id)
    if selection is Recorded.NEVER:
        return NullRecorder(key, in_celery=True)
    return begin(
        key,
        identity,
        in_celery=True,
        retries=request.retries or 0,
        redelivered=bool((request.delivery_info or {}).get("redelivered")),
        worker=request.hostname,
        only_if_used=selection is Recorded.IF_USED,
    )


def _identity(task: Any, request: Any, outer: StepRecord | None, selection: Recorded) -> Identity:
    fields = vars(request)
    if request.is_eager:
        fields = dict(fields)
        # An eager task has no message: its caller tells what a message would have told.
        context = task_context.get()
        fields[HEADER] = {"owner": context.owner_key(), "about": context.about, "tags": context.tags}
        if outer is not None:
            fields["parent_id"] = outer.recorder.task_uuid
            fields["root_id"] = outer.recorder.identity.root or outer.recorder.task_uuid
            if (around := execution.get()) is not None:
                around.become_member()
                fields[HEADER]["tree"] = around.tree
        elif not fields.get("root_id"):
            fields["root_id"] = request.id
    queue, call = (request.delivery_info or {}).get("routing_key"), NOT_TOLD
    if selection is not Recorded.NEVER:
        call = call_of_request(request, task, current().TEXT_LIMIT)
    return identity_of(task.name, fields, queue=queue, call=call)


def _context_of(recorder: Recorder, identity: Identity) -> TaskContext:
    """Hand on to child tasks what the message said, and the owner whom the author has named since."""
    return TaskContext(
        owner=lambda: recorder.identity.owner or identity.owner, about=identity.about, tags=identity.tags
    )


@guard.wrap("record a task's exception", None)
def note_failure(*, task_id: str, exception: Any, sender: Any = None, einfo: Any = None, **_: Any) -> None:
    """Keep the exception until the task has ended, or settle a task whose process can say nothing."""
    here = execution_of(task_id)
    if here is None:
        settling.settle_failed(task_id, sender, exception, einfo)
    else:
        # Celery hands over a stand-in for an exception that cannot be pickled.
        here.exception = sys.exception() or exception


@guard.wrap("record a task's retry", None)
def note_retry(*, request: Any, reason: Any = None, sender: Any = None, einfo: Any = None, **_: Any) -> None:
    """Keep the reason of a retry until the execution has ended, or settle one that was cut off."""
    here = execution_of(request.id)
    cause = getattr(reason, "exc", None) or reason
    if here is None:
        settling.settle_retried(request.id, sender, cause, einfo, getattr(reason, "when", None))
    else:
        here.exception = cause if isinstance(cause, BaseException) else reason


@guard.wrap("record the end of a task", None)
def end_run(*, task_id: str, task: Any, state: str | None, retval: Any, **_: Any) -> None:
    """End the run as Celery says; without a journal wait, for a limited time, until it is stored."""
    here = execution_of(task_id)
    if here is None:
        return
    here.has_ended = True
    try:
        outcome = outcome_of(task, state, retval)
        if outcome is not None:
            _tell_of_end(here, outcome.state, retval)
            here.recorder.finish(outcome.state, here.exception or outcome.exception)
            _abandon_rest(here, state, outcome)
        if isinstance(retval, TaskCancelled) and not task.request.is_eager:
            _tell_celery(task, retval)
    finally:
        execution.set(here.around)
        position.set(here.outer_position)
        task_context.set(here.outer_context)
    # With a journal nothing is lost if the process is killed now.
    way = channel()
    if way.keep is None and (here.recorder.is_recorded or here.has_sent):
        way.flush(current().FLUSH_DEADLINE)


def _tell_of_end(here: Execution, state: str, retval: Any) -> None:
    recorder = here.recorder
    if state == states.RETRY and recorder.is_recorded:
        recorder.relabel(recorder.identity._replace(eta=here.next_eta))
    elif state == states.SUCCESS:
        tell_result(recorder, retval)


def _abandon_rest(here: Execution, state: str | None, outcome: Outcome) -> None:
    # Celery's word counts: a task whose failure the author swallowed goes on with its chain.
    if outcome.state == states.FAILURE:
        abandon_rest(vars(here.request), here.exception or outcome.exception)
    elif state == states.IGNORED and not here.is_replaced:
        abandon_rest(vars(here.request))


@guard.wrap("tell Celery that a task was cancelled", None)
def _tell_celery(task: Any, cancelled: TaskCancelled) -> None:
    # To Celery it is a task that is ignored: it would keep nothing, and who waits for it would wait for ever.
    request, stored = task.request, not task.ignore_result
    task.backend.mark_as_revoked(request.id, str(cancelled), request, store_result=stored)
