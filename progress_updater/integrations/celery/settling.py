"""Ends that the worker's main process declares, for tasks whose own process cannot."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import time
from typing import Any, Final

from billiard.exceptions import WorkerLostError
from celery.exceptions import NotRegistered, TaskRevokedError

from progress_updater import states, wording
from progress_updater.integrations.celery.abandoning import abandon_rest
from progress_updater.integrations.celery.calls import NOT_TOLD, Call, call_of_request
from progress_updater.integrations.celery.canvas import embedded_in
from progress_updater.integrations.celery.identity import identity_of
from progress_updater.integrations.celery.kernel_kills import has_killed
from progress_updater.integrations.celery.received import fields_of_received
from progress_updater.integrations.celery.recovery import after_recovery
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.changes import Settlement
from progress_updater.recording.clean import cut, printed, task_key
from progress_updater.recording.failure import TRACEBACK_LIMIT, Failure, describe
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import settlement

CANCELLED: Final = "The worker lost its connection to the broker and cancelled the task; it will come again."
STOPPED: Final = "The worker was stopped at once and cancelled the task."
UNKNOWN: Final = "The worker has no task of the name {}. Is its module imported there?"
REFUSED: Final = "The worker refused the message: {}"


def settle_failed(task_id: str, task: Any, exception: BaseException, einfo: Any) -> None:
    """Settle a task whose process was killed, or ran into the hard time limit."""
    failure = _described(exception, einfo)
    if isinstance(exception, WorkerLostError) and "signal 9" in failure.text and has_killed():
        failure = replace(failure, text=wording.out_of_memory(failure.text))
    fields = fields_of_received(task_id)
    _settle(task_id, _name_of(task), states.FAILURE, failure, task, fields)
    if fields is not None:
        abandon_rest(fields, exception)


def settle_retried(task_id: str, task: Any, cause: object, einfo: Any, when: object) -> None:
    """Settle an attempt that was cut off, and that comes again: after seconds, or at a time."""
    # Without acks_late the message is gone: Celery says RETRY, but the task never comes again.
    cancelled = CANCELLED if getattr(task, "acks_late", False) else STOPPED
    failure = _said("Retry", cancelled) if cause is None else _described(cause, einfo)
    eta = datetime.fromtimestamp(time() + when, UTC) if isinstance(when, (int, float)) and when else when
    _settle(task_id, _name_of(task), states.RETRY, failure, task, {"eta": eta})


@guard.wrap("record that a task was revoked", None)
def settle_revoked(
    *, sender: Any, request: Any, terminated: bool, signum: Any, expired: bool, **_: Any
) -> None:
    """Settle a task that was revoked before it began, expired, or was terminated."""
    reason = "expired" if expired else "terminated" if terminated else "revoked"
    text = f"{reason} ({printed(signum)})" if terminated and signum else reason
    failure = _said("TaskRevokedError", text)
    call = call_of_request(request, sender, current().TEXT_LIMIT)
    _settle(request.id, _name_of(sender), states.REVOKED, failure, sender, vars(request), call)
    abandon_rest(vars(request), TaskRevokedError(reason), revoked=True)


@guard.wrap("record that no worker knows a task", None)
def settle_unknown(*, name: str, id: str, message: Any = None, **_: Any) -> None:  # noqa: A002 (Celery's name)
    """Settle a task that the worker does not know: Celery throws it away."""
    failure = _said("NotRegistered", UNKNOWN.format(name))
    embedded = embedded_in(getattr(message, "payload", None))
    fields = {**embedded, **_headers_of(message), "id": id}
    _settle(id, printed(name), states.FAILURE, failure, fields=fields)
    abandon_rest(fields, NotRegistered(name))


@guard.wrap("record that a worker refused a message", None)
def settle_refused(*, message: Any, exc: Any = None, **_: Any) -> None:
    """Settle a task whose message the worker cannot read: Celery throws it away."""
    headers = _headers_of(message)
    if "id" in headers and "task" in headers:
        failure = _said("InvalidTaskError", REFUSED.format(printed(exc)))
        _settle(headers["id"], printed(headers["task"]), states.FAILURE, failure, fields=headers)


def _settle(
    task_id: str,
    name: str,
    state: str,
    failure: Failure,
    task: Any = None,
    fields: Mapping[str, Any] | None = None,
    call: Call = NOT_TOLD,
) -> None:
    selection = selection_for(name, task)
    if selection is Recorded.NEVER:
        return
    fields = {**(fields or {}), "id": task_id}
    queue = (fields.get("delivery_info") or {}).get("routing_key")
    identity = identity_of(name, fields, queue=queue, call=call)
    end = Settlement(
        state=state,
        end=time(),
        failure=failure,
        only_known=selection is Recorded.IF_USED,
        cut_off=True,
    )
    key = task_key(task_id)
    told = settlement(key, identity._replace(tags=()), end)
    after_recovery(key, lambda: channel().prompt(told))


def _name_of(task: Any) -> str:
    return getattr(task, "name", None) or "task"


def _headers_of(message: Any) -> Mapping[str, Any]:
    headers = getattr(message, "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _said(kind: str, text: str) -> Failure:
    return Failure(type=f"celery.exceptions.{kind}", text=text, step=None, traceback=None)


def _described(exception: object, einfo: Any) -> Failure:
    if not isinstance(exception, BaseException):
        return Failure(type="Exception", text=printed(exception), step=None, traceback=None)
    failure = describe(exception, step=None, limit=current().TEXT_LIMIT, with_traceback=False)
    trace = getattr(einfo, "traceback", None)
    return replace(failure, traceback=cut(trace, TRACEBACK_LIMIT) if isinstance(trace, str) else None)
