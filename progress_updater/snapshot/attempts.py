"""The attempts of an answer."""

from typing import Any

from progress_updater.policy import Audience
from progress_updater.snapshot.failure import failure_json
from progress_updater.snapshot.rows import AttemptRow


def attempts_json(attempts: list[AttemptRow], audience: Audience) -> list[dict[str, Any]]:
    """Show attempts.

    Args:
        attempts: the attempts of one log.
        audience: for whom.

    Returns:
        One object an attempt, in the same order.
    """
    return [
        {
            "number": attempt.number,
            "state": attempt.state,
            "start": attempt.start,
            "end": attempt.end,
            "worker": attempt.worker if audience.sees_details else None,
            "process": _process(attempt) if audience.sees_details else None,
            "failure": failure_json(attempt.failure, audience),
        }
        for attempt in attempts
    ]


def _process(attempt: AttemptRow) -> dict[str, Any] | None:
    return None if attempt.pid is None else {"host": attempt.host, "pid": attempt.pid}
