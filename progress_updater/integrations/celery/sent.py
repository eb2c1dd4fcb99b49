"""What is told of a task that was sent: taken down at once, and worked out by whoever stores it.

Whoever sends many tasks would go through each line here anew; the writer goes through many tasks in one go.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from progress_updater.integrations.celery.calls import NOT_TOLD, Call, call_with, given_to
from progress_updater.integrations.celery.canvas import has_rest
from progress_updater.integrations.celery.identity import HEADER, identity_of, said_in
from progress_updater.recording.changes import LogChange
from progress_updater.recording.clean import task_key
from progress_updater.settings import current
from progress_updater.writing.sources import LaterChange, sending


class Sent(NamedTuple):
    """A task that is on its way."""

    name: str
    """In Celery."""
    fields: Mapping[str, Any]
    """Headers and the last part of the body of its message."""
    queue: object
    queued: float | None
    """When it was sent, in seconds since the epoch."""
    call: Callable[[], Call]
    previous: str | None
    """The task, or the group, after whose success it runs."""

    def change(self) -> LogChange:
        """Describe it."""
        identity = identity_of(self.name, self.fields, queue=self.queue, queued=self.queued, call=self.call())
        if self.previous is not None:
            identity = identity._replace(previous=self.previous)
        return sending(task_key(self.fields["id"]), identity)

    def source(self) -> LaterChange:
        """Return a source for the writer."""
        source = LaterChange(_kept(self).change)
        if has_rest(self.fields) or self.fields.get("callbacks") is not None:
            # The author may use these signatures once more.
            source.collect()
        return source


def reader_of_call(
    body: Any, fields: Mapping[str, Any], delivery: Mapping[str, Any], task: Any
) -> Callable[[], Call]:
    """Encode what a task is given, and leave the rest of its call for later.

    Args:
        body: of its message; of another shape than that of protocol 2 it tells nothing.
        fields: as above.
        delivery: "exchange", "routing_key" and "priority".
        task: the task, None where it is not known in this process.

    Returns:
        What describes the call.
    """
    match body:
        case (args, kwargs, *_):
            limit = current().TEXT_LIMIT
            return partial(call_with, given_to(task, args, kwargs, limit), fields, delivery, task, limit)
        case _:
            return lambda: NOT_TOLD


def _kept(sent: Sent) -> Sent:
    """Copy what the author's next message may change."""
    said = said_in(sent.fields)
    if not said:
        return sent
    tags = said.get("tags")
    copied = {**said, "tags": tuple(tags) if isinstance(tags, list) else tags}
    return sent._replace(fields={**sent.fields, HEADER: copied})
