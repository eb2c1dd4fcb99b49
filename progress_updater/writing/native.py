"""Threads and locks of the operating system, also where gevent has replaced Python's.

The writer has to run while a greenlet computes, so under gevent it is a native thread; a greenlet that waits
for it lets the others go on meanwhile.
"""

import _thread
import signal
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

FAULTS: Final = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"}
"""Signals that belong to the thread that caused them."""

_is_own: Final[ContextVar[bool]] = ContextVar("progress_updater.own_thread", default=False)


def _original(name: str) -> Any:
    if _is_patched():
        from gevent import monkey

        return monkey.get_original("_thread", name)
    return getattr(_thread, name)


def _is_patched() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("_thread"))


def start_thread(run: Callable[[], None]) -> None:
    """Run a function in a native thread that does not keep the process alive.

    Args:
        run: called without arguments; it must not raise.
    """
    _original("start_new_thread")(_run_traced, (run,))


def is_own_thread() -> bool:
    """Tell whether this thread was started here: then no handler of a signal ever raises in it."""
    return _is_own.get()


def _run_traced(run: Callable[[], None]) -> None:
    _leave_signals_to_others()
    _is_own.set(True)
    # As in Python's own threads: debuggers and coverage follow.
    sys.settrace(threading.gettrace())
    sys.setprofile(threading.getprofile())
    run()


def _leave_signals_to_others() -> None:
    # A child of the pool blocks SIGTERM in its own thread while it holds the lock of the pool's results. If
    # it came here instead, it would kill the process with the lock, and so hang all children that share it.
    if hasattr(signal, "pthread_sigmask"):
        kept = {signal.Signals[name] for name in FAULTS if hasattr(signal, name)}
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - kept)


class Bell:
    """Wake one who waits. Nothing in it takes a lock that a signal could leave locked."""

    def __init__(self) -> None:
        self._lock = _original("allocate_lock")()
        self._lock.acquire()
        self._wake_greenlet: Callable[[], None] | None = None

    def ring(self) -> None:
        """Wake whoever waits, or will wait next; further rings until then change nothing."""
        try:
            self._lock.release()
        except RuntimeError:
            return
        wake = self._wake_greenlet
        if wake is not None:
            wake()

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
        return self._wait_as_greenlet(seconds) if _is_patched() else self.wait(seconds)

    def _wait_as_greenlet(self, seconds: float) -> bool:
        from gevent import get_hub
        from gevent.event import Event

        rung = Event()
        self._wake_greenlet = partial(get_hub().loop.run_callback_threadsafe, rung.set)
        try:
            return self._has_rung() or (rung.wait(max(0.0, seconds)) and self._has_rung())
        finally:
            self._wake_greenlet = None

    def _has_rung(self) -> bool:
        return bool(self._lock.acquire(blocking=False))
