"""Ends that the worker's main process declares, for tasks whose own process cannot."""

from dataclasses import replace
from time import time
from typing import Any

from progress_updater import states
from progress_updater.integrations.celery.identity import identity_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.changes import Identity, Settlement
from progress_updater.recording.clean import cut, printed, task_key
from progress_updater.recording.failure import Failure, describe
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import settlement


def settle_failed(task_id: str, task: Any, exception: BaseException, einfo: Any) -> None:
    """Settle a task whose process was killed, or ran into the hard time limit."""
    _settle(task_id, task, states.FAILURE, _described(exception, einfo))


def settle_retried(task_id: str, task: Any, exception: Any, einfo: Any) -> None:
    """Settle an attempt whose process was lost, and that Celery has sent again."""
    _settle(task_id, task, states.RETRY, _described(exception, einfo))


@guard.wrap("record that a task was revoked", None)
def settle_revoked(
    *, sender: Any, request: Any, terminated: bool, signum: Any, expired: bool, **_: Any
) -> None:
    """Settle a task that was revoked before it began, expired, or was terminated."""
    reason = "expired" if expired else "terminated" if terminated else "revoked"
    text = f"{reason} ({printed(signum)})" if terminated and signum else reason
    failure = Failure(type="celery.exceptions.TaskRevokedError", text=text, step=None, traceback=None)
    _settle(request.id, sender, states.REVOKED, failure, fields=vars(request))


@guard.wrap("record that no worker knows a task", None)
def settle_unknown(*, name: str, id: str, message: Any = None, **_: Any) -> None:  # noqa: A002 (Celery's name)
    """Settle a task that the worker does not know: Celery throws it away."""
    text = f"The worker has no task of the name {name}. Is its module imported there?"
    failure = Failure(type="celery.exceptions.NotRegistered", text=text, step=None, traceback=None)
    _send(id, Identity(task_name=printed(name), celery_name=printed(name)), states.FAILURE, failure)


def _settle(
    task_id: str, task: Any, state: str, failure: Failure, fields: dict[str, Any] | None = None
) -> None:
    name = getattr(task, "name", None) or "task"
    if selection_for(name, task) is not Recorded.ALWAYS:
        return
    identity = identity_of(name, {**(fields or {}), "id": task_id}, queue=None)
    _send(task_id, replace(identity, tags=()), state, failure)


def _send(task_id: str, identity: Identity, state: str, failure: Failure) -> None:
    source = settlement(task_key(task_id), identity, Settlement(state=state, end=time(), failure=failure))
    channel().prompt(source)


def _described(exception: Any, einfo: Any) -> Failure:
    if not isinstance(exception, BaseException):
        return Failure(type="Exception", text=printed(exception), step=None, traceback=None)
    failure = describe(exception, step=None, limit=current().TEXT_LIMIT, with_traceback=False)
    trace = getattr(einfo, "traceback", None)
    return replace(failure, traceback=cut(trace, 50_000) if isinstance(trace, str) else None)
