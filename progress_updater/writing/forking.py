"""A process that forks: no writer is in the midst of storing, and the child begins anew."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.writing.outbox import Outbox

swallowed: Final[list[Callable[[], None]]] = []
"""Called where a soft time limit strikes while the process forks: what is raised there Python only prints."""


def watch_forks(ways: Callable[[], Sequence[Outbox]], close: Callable[[], Any]) -> None:
    """Take care of every fork of this process from now on.

    Args:
        ways: gives the channels of this process.
        close: stores everything for the last time.
    """

    def hold_still() -> None:
        try:
            for way in ways():
                way.hold_still()
        except SoftTimeLimitExceeded:
            _tell_swallowed()

    def go_on() -> None:
        try:
            for way in ways():
                way.go_on()
        except SoftTimeLimitExceeded:
            _tell_swallowed()

    def begin_anew() -> None:
        for way in ways():
            way.begin_anew()
        _close_at_the_end(close)

    os.register_at_fork(before=hold_still, after_in_parent=go_on, after_in_child=begin_anew)


def _tell_swallowed() -> None:
    for tell in swallowed:
        tell()


def _close_at_the_end(close: Callable[[], Any]) -> None:
    # Children of multiprocessing leave by os._exit, without atexit; while they begin they forget all
    # finalizers, and then call those who registered for it.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(close, lambda close: util.Finalize(None, close, exitpriority=0))
