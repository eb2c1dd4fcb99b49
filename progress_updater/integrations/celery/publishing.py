"""When a task is sent: its context goes along, and its row is there before a worker has it."""

from contextvars import ContextVar
from time import time
from typing import Any, Final

from celery import current_app

from progress_updater.integrations.celery.identity import HEADER, identity_of
from progress_updater.integrations.celery.running import Execution, execution
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.integrations.celery.time_limits import keep_soft_time_limit
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import task_context
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import publication

_queued: Final[ContextVar[float | None]] = ContextVar("progress_updater.queued", default=None)


@keep_soft_time_limit
@guard.wrap("prepare to send a task", None)
def prepare(*, headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Get ready for a task that may begin before its sending has returned; the sending may also fail."""
    _queued.set(time())
    if headers is not None:
        _store_before_successor(headers)
        _add_context(headers)


def _store_before_successor(headers: dict[str, Any]) -> None:
    """Let the table know the attempt that runs here, for attempts are numbered as they are stored."""
    here = execution.get()
    if here is not None and (headers.get("id") == here.task_id or _takes_over(headers, here)):
        channel().flush(current().FLUSH_DEADLINE)


def _add_context(headers: dict[str, Any]) -> None:
    """Put owner, tags and subject into the message."""
    if HEADER in headers:
        return
    context = task_context.get()
    carried = {"owner": context.owner_key(), "about": context.about, "tags": list(context.tags)}
    filled = {name: value for name, value in carried.items() if value}
    if filled:
        headers[HEADER] = filled


@keep_soft_time_limit
@guard.wrap("record that a task was sent", None)
def record_sent(
    *, sender: str | None = None, headers: dict[str, Any] | None = None, routing_key: str = "", **_: Any
) -> None:
    """Record a task once it is on its way, unless it is the next execution of one that runs here."""
    if not sender or not headers or "id" not in headers:
        return
    here = execution.get()
    if here is not None and _takes_over(headers, here):
        here.recorder.replaced = True
        if headers["id"] == here.task_id:
            return
    # A retry is the next execution of a task that was sent before.
    if headers.get("retries") or selection_for(sender, _known_task(sender)) is not Recorded.ALWAYS:
        return
    if here is not None:
        here.has_sent = True
    identity = identity_of(sender, headers, queue=routing_key, queued=_queued.get())
    channel().prompt(publication(task_key(headers["id"]), identity))


def _known_task(name: str) -> Any:
    # Reading the public attribute would finalize the app, which a process that only sends may not do yet.
    return current_app._tasks.get(name)  # noqa: SLF001


def _takes_over(headers: dict[str, Any], running: Execution) -> bool:
    """Whether replace() sends it; of a chain or a chord only the last task has the id of the running one."""
    return bool((headers.get("replaced_task_nesting") or 0) > running.nesting)
