"""Where a call stands in a group, and which group is around all others."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from progress_updater.integrations.celery.signatures import (
    DEEPEST,
    Fields,
    end_of,
    kind_of,
    options_of,
    tasks_of,
)
from progress_updater.recording.clean import task_key


class Place(NamedTuple):
    """Where a call stands in a group."""

    group: str
    position: int


def place_of(fields: Fields) -> Place | None:
    """Tell the place of a call in its group.

    Each task of a chain that is a member of a group stands at that place. A chord's body is no member of the
    group that it waits for, though it names it: it has no index.

    Args:
        fields: headers and the last part of the body of a message, or the attributes of a request.

    Returns:
        None outside of any group.
    """
    return place_at(fields.get("group"), fields.get("group_index")) or place_of_end(fields.get("chain"))


def outermost_group(fields: Fields) -> str | None:
    """Find the group around all groups that a call stands in.

    Args:
        fields: as above.

    Returns:
        None outside of any group.
    """
    place, signature = place_of(fields), fields.get("chord") or _chord_of_end(fields.get("chain"))
    for _ in range(DEEPEST):
        if not isinstance(signature, Mapping):
            break
        # What follows a whole chord comes after all that its body says.
        end = signature if options_of(signature).get("chain") else end_of(signature)
        chain = options_of(end).get("chain")
        place = _place_of_members(end) or place_of_end(chain) or place
        signature = options_of(end).get("chord") or _chord_of_end(chain)
    return None if place is None else place.group


def place_of_end(chain: Any) -> Place | None:
    """Tell the place in a group of what a chain ends with.

    Args:
        chain: anything.
    """
    return own_place(end_of(chain[0])) if isinstance(chain, Sequence) and chain else None


def _place_of_members(signature: Any) -> Place | None:
    # A group that is the body of a chord names the header as its group, its members the group around it.
    place = own_place(signature)
    for _ in range(DEEPEST):
        members = tasks_of(signature) if kind_of(signature) == "group" else []
        if not members:
            break
        signature = end_of(members[0])
        place = own_place(signature) or place
    return place


def _chord_of_end(chain: Any) -> Any:
    return options_of(end_of(chain[0])).get("chord") if isinstance(chain, Sequence) and chain else None


def own_place(signature: Any) -> Place | None:
    """Tell the place in a group that a signature names itself.

    Args:
        signature: anything.
    """
    options = options_of(signature)
    return place_at(options.get("group_id"), options.get("group_index"))


def place_at(group: Any, index: Any) -> Place | None:
    """Make a place; none where it is not known.

    Args:
        group: the id of the group.
        index: the position in it.
    """
    return Place(task_key(group), index) if group is not None and isinstance(index, int) else None
