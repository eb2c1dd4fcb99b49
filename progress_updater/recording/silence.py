"""What is logged while this app itself is at work in a task's thread is not said by the task."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

silent: Final[ContextVar[bool]] = ContextVar("progress_updater.silent", default=False)


def silently(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function of this app so that nothing logged meanwhile becomes a message.

    Args:
        function: what is called.
        args: its arguments.
        kwargs: its named arguments.

    Returns:
        What it returns.
    """
    before = silent.get()
    try:
        # Inside: a signal raises behind a call, and would leave the task silent.
        silent.set(True)
        return function(*args, **kwargs)
    finally:
        silent.set(before)
