"""The requests that a worker's main process has taken in: the signal of a failure does not name them."""

from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakValueDictionary

from progress_updater.recording.guard import guard

_received: Final[WeakValueDictionary[str, Any]] = WeakValueDictionary()


@guard.wrap("remember a task that the worker has received", None)
def remember(*, request: Any = None, **_: Any) -> None:
    """Find a request again, as long as Celery keeps it."""
    if request is not None:
        _received[request.id] = request


def fields_of_received(task_id: str) -> Mapping[str, Any] | None:
    """Return what is known of a task that the worker has received.

    Args:
        task_id: the task's id in Celery.

    Returns:
        The headers and the last part of the body of its message; None where Celery has forgotten it.
    """
    request = _received.get(task_id)
    # What Celery hands over with its other signals.
    return None if request is None else vars(request._context)  # noqa: SLF001
