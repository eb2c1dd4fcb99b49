"""Record the rest of a canvas as soon as a message tells of it: it waits, in its place."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from celery import current_app

from progress_updater.integrations.celery.canvas import Call, has_rest, rest_of
from progress_updater.integrations.celery.identity import HEADER, identity_of, tree_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import task_key
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import OneChange, publication

REMEMBERED: Final = 10_000
"""Calls that this process knows to be recorded: each member of a header tells of the same body."""

_told: Final[OrderedDict[str, None]] = OrderedDict()


def rest_to_record(fields: Mapping[str, Any], *, besides: str | None = None) -> list[OneChange]:
    """Describe the calls that follow a call, unless this process has done so before.

    Args:
        fields: headers and the last part of the body of a message, or the attributes of a request.
        besides: a task that is no news.

    Returns:
        What is to be stored.
    """
    if not has_rest(fields):
        return []
    calls = rest_of(fields, known=_told.__contains__)
    _told.update((call.id, None) for call in calls)
    while len(_told) > REMEMBERED:
        _told.popitem(last=False)
    return [
        publication(call.id, identity_of_call(call, fields))
        for call in calls
        if call.id != besides and selection_for(call.name, known_task(call.name)) is Recorded.ALWAYS
    ]


def prompt_all(sources: Iterable[OneChange]) -> None:
    """Have several changes stored promptly, and in one flush where nothing else goes on."""
    way, waiting = channel(), list(sources)
    for source in waiting[:-1]:
        way.add(source)
    for source in waiting[-1:]:
        way.prompt(source)


def identity_of_call(call: Call, fields: Mapping[str, Any]) -> Identity:
    """Describe a call that follows another one.

    Args:
        call: the call.
        fields: what is known of the other one.

    Returns:
        What is known of it now.
    """
    said = {"id": call.id, "shadow": call.shadow, HEADER: fields.get(HEADER)}
    if call.place is not None:
        said |= {"group": call.place.group, "group_index": call.place.position}
    return identity_of(call.name, said, queue=None)._replace(
        root=_root_of(fields),
        parent=None if call.follows_group else call.previous,
        previous=call.previous,
        tree=tree_of(fields),
    )


def _root_of(fields: Mapping[str, Any]) -> str | None:
    own, root = fields.get("id"), fields.get("root_id")
    # The body of a bare chord gets the root of the member that ends last.
    is_known = root is not None and (root != own or fields.get("chain"))
    return task_key(root) if is_known else None


def known_task(name: str) -> Any:
    """Find a task in the app.

    Args:
        name: its name in Celery.

    Returns:
        The task, None where it is not known here.
    """
    # Reading the public attribute would finalize the app, which a process that only sends may not do yet.
    return current_app._tasks.get(name)  # noqa: SLF001
