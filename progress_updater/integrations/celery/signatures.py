"""Look into the signatures that a message carries: plain mappings, which anybody may have made by hand."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from progress_updater.recording.clean import task_key

DEEPEST: Final = 50
"""Levels of signatures inside each other that are read."""

Fields = Mapping[str, Any]


def in_order(chain: Any) -> list[Any]:
    """List the signatures of a chain, which Celery keeps the last one first.

    Args:
        chain: anything.
    """
    return listed(chain)[::-1]


def listed(signatures: Any) -> list[Any]:
    """List signatures; nothing where they are none.

    Args:
        signatures: anything.
    """
    is_list = isinstance(signatures, Iterable) and not isinstance(signatures, (str, bytes, Mapping))
    return list(signatures) if is_list else []


def end_of(signature: Any) -> Any:
    """Find the task, or the group, whose result is that of a signature.

    Args:
        signature: anything.
    """
    for _ in range(DEEPEST):
        kind = kind_of(signature)
        if kind == "chord":
            inner = kwargs_of(signature).get("body")
        elif kind == "chain":
            inner = next(iter(tasks_of(signature)[-1:]), None)
        else:
            break
        if not isinstance(inner, Mapping):
            break
        signature = inner
    return signature


def kind_of(signature: Any) -> str | None:
    """Tell "chain", "group", "chord", "chunks" or None, a task.

    Args:
        signature: anything.
    """
    if not isinstance(signature, Mapping):
        return None
    return "chunks" if signature.get("task") == "celery.chunks" else signature.get("subtask_type")


def options_of(signature: Any) -> Fields:
    """Return the options of a signature.

    Args:
        signature: anything.
    """
    return _mapping(signature, "options")


def kwargs_of(signature: Any) -> Fields:
    """Return the keyword arguments of a signature, in which Celery keeps what a canvas is made of.

    Args:
        signature: anything.
    """
    return _mapping(signature, "kwargs")


def tasks_of(signature: Any) -> list[Any]:
    """List the signatures of which a chain or a group is made.

    Args:
        signature: anything.
    """
    return listed(kwargs_of(signature).get("tasks"))


def _mapping(signature: Any, name: str) -> Fields:
    found = signature.get(name) if isinstance(signature, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def key_of(value: Any) -> str | None:
    """Return the stored form of an id, None for none.

    Args:
        value: anything.
    """
    return None if value is None else task_key(value)
