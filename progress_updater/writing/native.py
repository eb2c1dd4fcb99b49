"""Threads and locks of the operating system, also where gevent has replaced Python's.

The writer has to run while a greenlet computes, so under gevent it is a native thread; whoever waits for it
there waits in gevent's thread pool, so that the other greenlets go on.
"""

import _thread
import sys
from collections.abc import Callable
from typing import Any


def _original(name: str) -> Any:
    if _is_patched():
        from gevent import monkey

        return monkey.get_original("_thread", name)
    return getattr(_thread, name)


def _is_patched() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("thread"))


def start_thread(run: Callable[[], None]) -> None:
    """Run a function in a native thread that does not keep the process alive.

    Args:
        run: called without arguments; it must not raise.
    """
    _original("start_new_thread")(run, ())


class Bell:
    """Wake one waiting thread; ringing is one call into C, so that a signal cannot leave it half done."""

    def __init__(self) -> None:
        self._lock = _original("allocate_lock")()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake whoever waits, or will wait next; further rings until then change nothing."""
        try:
            self._lock.release()
        except RuntimeError:
            return

    def wait(self, seconds: float | None = None) -> bool:
        """Block this native thread until the bell rings.

        Args:
            seconds: how long at the most; None for ever.

        Returns:
            False when the time ran out.
        """
        return bool(self._lock.acquire(timeout=-1 if seconds is None else max(0.0, seconds)))

    def wait_politely(self, seconds: float) -> bool:
        """Wait like `wait`; under gevent let other greenlets run meanwhile."""
        if not _is_patched():
            return self.wait(seconds)
        from gevent import get_hub

        return bool(get_hub().threadpool.apply(self.wait, (seconds,)))
