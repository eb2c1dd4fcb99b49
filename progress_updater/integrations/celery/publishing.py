"""When a task is sent: its context goes along, and its row is there before a worker has it."""

from time import time
from typing import Any

from celery import current_app

from progress_updater.integrations.celery.identity import HEADER, identity_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.clean import task_key
from progress_updater.recording.context import current_position, task_context
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import publication


@guard.wrap("send the task's owner along", None)
def add_context(*, headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Put owner, tags and subject into the message; the signal comes before it is sent, also if that fails."""
    if headers is None or HEADER in headers:
        return
    context = task_context.get()
    carried = {"owner": context.owner_key(), "about": context.about, "tags": list(context.tags)}
    filled = {name: value for name, value in carried.items() if value}
    if filled:
        headers[HEADER] = filled


@guard.wrap("record that a task was sent", None)
def record_sent(
    *, sender: str | None = None, headers: dict[str, Any] | None = None, routing_key: str = "", **_: Any
) -> None:
    """Record a task once it is on its way, unless it is the next execution of one that runs here."""
    if not sender or not headers or "id" not in headers:
        return
    key = task_key(headers["id"])
    if _goes_on(key) or headers.get("retries"):
        return
    if selection_for(sender, current_app.tasks.get(sender)) is Recorded.ALWAYS:
        identity = identity_of(sender, headers, queue=routing_key, queued=time())
        channel().prompt(publication(key, identity))


def _goes_on(key: str) -> bool:
    """Whether the task that runs now sends itself: a retry, or replace()."""
    here = current_position()
    if here is None or here.recorder.task_uuid != key:
        return False
    here.recorder.replaced = True
    return True
