"""Ends that the worker's main process declares, for tasks whose own process cannot."""

from collections.abc import Mapping
from dataclasses import replace
from time import time
from typing import Any, Final

from billiard.exceptions import WorkerLostError

from progress_updater import states, wording
from progress_updater.integrations.celery.identity import identity_of
from progress_updater.integrations.celery.kernel_kills import has_killed
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
    _settle(task_id, _name_of(task), states.FAILURE, failure, task)


def settle_retried(task_id: str, task: Any, cause: object, einfo: Any) -> None:
    """Settle an attempt that was cut off, and that comes again."""
    # Without acks_late the message is gone: Celery says RETRY, but the task never comes again.
    cancelled = CANCELLED if getattr(task, "acks_late", False) else STOPPED
    failure = _said("Retry", cancelled) if cause is None else _described(cause, einfo)
    _settle(task_id, _name_of(task), states.RETRY, failure, task)


@guard.wrap("record that a task was revoked", None)
def settle_revoked(
    *, sender: Any, request: Any, terminated: bool, signum: Any, expired: bool, **_: Any
) -> None:
    """Settle a task that was revoked before it began, expired, or was terminated."""
    reason = "expired" if expired else "terminated" if terminated else "revoked"
    text = f"{reason} ({printed(signum)})" if terminated and signum else reason
    failure = _said("TaskRevokedError", text)
    _settle(request.id, _name_of(sender), states.REVOKED, failure, sender, vars(request))


@guard.wrap("record that no worker knows a task", None)
def settle_unknown(*, name: str, id: str, message: Any = None, **_: Any) -> None:  # noqa: A002 (Celery's name)
    """Settle a task that the worker does not know: Celery throws it away."""
    failure = _said("NotRegistered", UNKNOWN.format(name))
    _settle(id, printed(name), states.FAILURE, failure, fields=_headers_of(message))


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
) -> None:
    selection = selection_for(name, task)
    if selection is Recorded.NEVER:
        return
    identity = identity_of(name, {**(fields or {}), "id": task_id}, queue=None)
    end = Settlement(
        state=state,
        end=time(),
        failure=failure,
        only_known=selection is Recorded.IF_USED,
        cut_off=True,
    )
    key = task_key(task_id)
    told = settlement(key, replace(identity, tags=()), end)
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
