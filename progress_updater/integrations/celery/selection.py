"""Which tasks are recorded: the setting RECORD, and a task's own progress_record."""

from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from progress_updater.settings import current

POLLING: Final = frozenset({"celery.chord_unlock"})
"""Celery's own tasks that only wait for others, by retrying themselves every second."""


class Recorded(Enum):
    """How much of a task is recorded."""

    ALWAYS = "always"
    IF_USED = "used"
    NEVER = "never"


def selection_for(name: str, task: Any = None) -> Recorded:
    """Tell how much of a task is recorded.

    Args:
        name: the task's name in Celery.
        task: the task itself where it is known here; its attribute `progress_record` goes before the setting.

    Returns:
        Always, only if it calls the app, or never.
    """
    own = getattr(task, "progress_record", None)
    if own is not None:
        return Recorded.ALWAYS if own else Recorded.NEVER
    if name in POLLING:
        return Recorded.NEVER
    wanted = current().RECORD
    if wanted == "used":
        return Recorded.IF_USED
    if isinstance(wanted, str):
        return Recorded.ALWAYS
    return Recorded.ALWAYS if matches(name, tuple(wanted)) else Recorded.NEVER


@lru_cache(maxsize=4096)
def matches(name: str, patterns: Sequence[str]) -> bool:
    """Match a name with patterns; one that begins with "!" excludes.

    Args:
        name: a task's name.
        patterns: shell patterns; with none that includes, everything not excluded matches.

    Returns:
        True if one includes it and none excludes it.
    """
    excluding = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    including = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
    if any(fnmatchcase(name, pattern) for pattern in excluding):
        return False
    return any(fnmatchcase(name, pattern) for pattern in including)
