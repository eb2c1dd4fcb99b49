"""The whole record as a tree, for pages that draw it."""

from typing import Any

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot.record import detail


def nested(log: TaskLog, audience: Audience, *, attempt: int | None = None) -> dict[str, Any]:
    """Show a whole record with each step and each line in its place.

    Args:
        log: the task's log, as it was just read.
        audience: for whom.
        attempt: the number of the attempt to show; None for the newest.

    Returns:
        The detail, but "steps" are those of the first level, "messages" those outside of any step, and
        each step has "steps" and "messages" of its own.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    picture = detail(log, audience, attempt=attempt)
    steps: dict[int | None, dict[str, Any]] = {
        step["id"]: {**step, "steps": [], "messages": []} for step in picture["steps"]
    }
    outside: dict[str, Any] = {"steps": [], "messages": []}
    for step in steps.values():
        steps.get(step["parent"], outside)["steps"].append(step)
    for message in picture["messages"]:
        steps.get(message["step"], outside)["messages"].append(message)
    return {**picture, **outside}
