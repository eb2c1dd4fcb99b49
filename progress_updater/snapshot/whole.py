"""How far all the tasks are that belong together; it was counted when they changed."""

from collections.abc import Iterable
from typing import Any

from progress_updater.models import TaskTree
from progress_updater.policy import Audience


def wholes_of(trees: Iterable[str | None]) -> dict[str | None, dict[str, Any]]:
    """Read how far some trees of tasks are, in one query; in none for tasks that are alone.

    Args:
        trees: their keys; None for a task alone.

    Returns:
        The trees that were counted, by their keys.
    """
    wanted = sorted({key for key in trees if key is not None})
    found = TaskTree.objects.filter(key__in=wanted) if wanted else ()
    return {tree.key: whole_json(tree.tasks, tree.done, tree.failed, tree.percent) for tree in found}


def whole_for(audience: Audience, whole: dict[str, Any] | None) -> dict[str, Any] | None:
    """Show how far a tree is to a reader; who sees their own tasks only is not told of other people's.

    Args:
        audience: for whom.
        whole: how far all of the tree is; None for a task alone.

    Returns:
        The same, or the percentage alone.
    """
    if whole is None or audience.sees_all_tasks:
        return whole
    return {"tasks": None, "done": None, "failed": None, "percent": whole["percent"]}


def whole_json(tasks: int, done: int, failed: int, percent: float) -> dict[str, Any]:
    """Show how far a tree is.

    Args:
        tasks: how many are known.
        done: those that have ended, well or badly.
        failed: those that have ended badly.
        percent: of all.
    """
    shown = int(percent) if percent.is_integer() else percent
    return {"tasks": tasks, "done": done, "failed": failed, "percent": shown}
