"""Read what belongs to a call from Celery's headers and requests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import printed, task_key

HEADER: Final = "progress_updater"
"""The message header that carries {"owner", "about", "tags"} from the producer, which may be no Django."""


def identity_of(
    name: str, fields: Mapping[str, Any], *, queue: object, queued: float | None = None
) -> Identity:
    """Describe a call.

    Args:
        name: the task's name in Celery.
        fields: message headers of protocol 2, or the attributes of a request, which carry the same names.
        queue: the routing key, by default the queue's name.
        queued: when it was sent, in seconds since the epoch.

    Returns:
        What is known of the call.
    """
    own, root = _key(fields.get("id")), _key(fields.get("root_id"))
    context = fields.get(HEADER)
    context = context if isinstance(context, Mapping) else {}
    tags = context.get("tags")
    return Identity(
        task_name=printed(fields.get("shadow") or name),
        celery_name=name,
        queued=queued,
        queue=_text(queue),
        eta=_seconds(fields.get("eta")),
        expires=_seconds(fields.get("expires")),
        root=root,
        # replace() names the task itself as its parent, or a task of the chain that replaces it.
        parent=None if own in (_key(fields.get("parent_id")), root) else _key(fields.get("parent_id")),
        group=_key(fields.get("group")),
        owner=_text(context.get("owner")),
        about=_text(context.get("about")),
        tags=tuple(map(printed, tags)) if isinstance(tags, (list, tuple)) else (),
    )


def _text(value: object) -> str | None:
    return None if value is None else printed(value)


def _key(value: object) -> str | None:
    return None if value is None else task_key(value)


def _seconds(moment: object) -> float | None:
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    if not isinstance(moment, datetime):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
