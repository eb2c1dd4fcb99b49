"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY = 0.02  # seconds


def wait_until(predicate: Callable[[], T], seconds: float = 60, what: str = "the condition") -> T:
    """Wait until something is so.

    Args:
        predicate: tells whether it is so.
        seconds: how long to wait; on a busy machine a process may begin late.
        what: what is waited for, for the message.

    Returns:
        The first true answer of the predicate.

    Raises:
        TimeoutError: it took longer.
    """
    deadline = time.monotonic() + seconds
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds} seconds for {what}; the last answer was {answer!r}.")
        time.sleep(LOOK_EVERY)
    return answer
