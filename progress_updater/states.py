"""The states of a task, an attempt or a step: a closed list."""

from typing import Final

PENDING: Final = "PENDING"
STARTED: Final = "STARTED"
RETRY: Final = "RETRY"
PAUSED: Final = "PAUSED"
SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
REVOKED: Final = "REVOKED"
IGNORED: Final = "IGNORED"
LOST: Final = "LOST"

STATES: Final = (PENDING, STARTED, RETRY, PAUSED, SUCCESS, FAILURE, REVOKED, IGNORED, LOST)
TERMINAL: Final = frozenset({SUCCESS, FAILURE, REVOKED, IGNORED, LOST})

WAITING: Final = frozenset({PENDING, RETRY})
"""Nothing runs: a message is waited for, which may never come."""

GOOD: Final = frozenset({SUCCESS, IGNORED})
BAD: Final = frozenset({FAILURE, REVOKED, LOST})

STATUS_BAD: Final = 0
STATUS_GOOD: Final = 1
STATUS_UNFINISHED: Final = 2


def is_finished(state: str) -> bool:
    """Tell whether a state is terminal.

    Args:
        state: one of STATES.

    Returns:
        True for the states that nothing follows by itself.
    """
    return state in TERMINAL


def goes_on(state: str) -> bool:
    """Tell whether a task has begun and not ended.

    Args:
        state: one of STATES.

    Returns:
        True also between two attempts.
    """
    return state != PENDING and state not in TERMINAL


def status_of(state: str) -> int:
    """Give the number that the founding contract calls "status".

    Args:
        state: one of STATES.

    Returns:
        1 for a good end, 0 for a bad end, 2 while there is no end.
    """
    if state in GOOD:
        return STATUS_GOOD
    return STATUS_BAD if state in BAD else STATUS_UNFINISHED
