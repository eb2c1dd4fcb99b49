"""How far the tasks are that belong together, of records that are only in memory."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from progress_updater import states
from progress_updater.recording.changes import LogChange
from progress_updater.snapshot.whole import whole_json
from progress_updater.testing.stored import Stored


def wholes_in_memory(records: Iterable[list[LogChange]]) -> dict[str, dict[str, Any]]:
    """Count the tasks of each tree, as the database does it.

    Args:
        records: the changes of each task.

    Returns:
        By the key of the tree, the value of "whole".
    """
    trees: dict[str, list[Stored]] = defaultdict(list)
    for changes in records:
        stored = Stored(changes)
        if stored.identity.tree is not None:
            trees[stored.identity.tree].append(stored)
    return {tree: _whole(members) for tree, members in trees.items()}


def _whole(members: list[Stored]) -> dict[str, Any]:
    ended = [member.state for member in members if states.is_finished(member.state)]
    percent = sum(map(_percent, members)) / len(members)
    return whole_json(len(members), len(ended), sum(state in states.BAD for state in ended), percent)


def _percent(member: Stored) -> float:
    if states.is_finished(member.state):
        return 100.0
    return (member.task and member.task.count.percent) or 0.0
