"""Read what belongs to a call from Celery's headers and requests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from progress_updater.integrations.celery.calls import NOT_TOLD, Call
from progress_updater.integrations.celery.canvas import has_rest
from progress_updater.integrations.celery.places import outermost_group, place_of
from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import printed, task_key

HEADER: Final = "progress_updater"
"""The message header that carries {"owner", "about", "tags"} from the producer, which may be no Django; and
"retry_of", the id of the task that is sent again.

What tasks send carries their "tree", too, and so does what begins a canvas.
"""


def identity_of(
    name: str,
    fields: Mapping[str, Any],
    *,
    queue: object,
    queued: float | None = None,
    call: Call = NOT_TOLD,
) -> Identity:
    """Describe a call.

    Args:
        name: the task's name in Celery.
        fields: message headers of protocol 2 and the last part of its body, or the attributes of a request,
            which carry the same names.
        queue: the routing key, by default the queue's name.
        queued: when it was sent, in seconds since the epoch.
        call: its arguments and options.

    Returns:
        What is known of the call.
    """
    own, root, parent = (_key(fields.get(name)) for name in ("id", "root_id", "parent_id"))
    context, place = said_in(fields), place_of(fields)
    tags = context.get("tags")
    return Identity(
        task_name=printed(fields.get("shadow") or name),
        celery_name=name,
        queued=queued,
        queue=_text(queue),
        # The message of a retry carries its own time, which is over when it runs.
        eta=None if fields.get("retries") else moment_of(fields.get("eta")),
        expires=moment_of(fields.get("expires")),
        root=root,
        # replace() names the task itself as its parent, or a task of the chain that replaces it.
        parent=None if own in (parent, root) else parent,
        group=None if place is None else place.group,
        position=None if place is None else place.position,
        owner=_text(context.get("owner")),
        about=_text(context.get("about")),
        tags=tuple(map(printed, tags)) if isinstance(tags, (list, tuple)) else (),
        retry_of=_key(context.get("retry_of")),
        args=call.args,
        kwargs=call.kwargs,
        options=call.options,
        arguments_kept=call.arguments_kept,
        parameters=call.parameters,
        tree=tree_of(fields),
    )


def tree_of(fields: Mapping[str, Any]) -> str | None:
    """Name the tree of tasks that a call belongs to.

    Args:
        fields: as above.

    Returns:
        What the message says; else the first task that led to it, the outermost group around it, or itself
        where more tasks follow it, also if only after a failure. None for a task alone.
    """
    own, root, said = _key(fields.get("id")), _key(fields.get("root_id")), said_in(fields).get("tree")
    if said is not None:
        return task_key(said)
    if root is not None and root != own:
        return root
    has_more = has_rest(fields)
    group = outermost_group(fields) if has_more or fields.get("group") else None
    is_followed = has_more or fields.get("callbacks") or fields.get("errbacks")
    return group or (own if is_followed else None)


def said_in(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what HEADER says.

    Args:
        fields: as above.
    """
    context = fields.get(HEADER)
    return context if isinstance(context, Mapping) else {}


def _text(value: object) -> str | None:
    return None if value is None else printed(value)


def _key(value: object) -> str | None:
    return None if value is None else task_key(value)


def moment_of(moment: object) -> float | None:
    """Read a time that Celery tells.

    Args:
        moment: an object, or its text in ISO 8601; without a time zone it is in UTC.

    Returns:
        Seconds since the epoch; None for what is no time.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    if not isinstance(moment, datetime):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
