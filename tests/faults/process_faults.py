"""What goes wrong with the process itself: its memory, its threads, its clock."""

import _thread
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from progress_updater.recording import lines
from progress_updater.recording.unsaved import Unsaved
from tests.faults.fault import Place


@contextmanager
def no_memory_for_lines(place: Place) -> Iterator[None]:
    """Have the lines' own container raise, for runs that begin meanwhile."""

    class Full(deque[Any]):
        def append(self, item: Any) -> None:
            if is_full:
                raise MemoryError
            super().append(item)

    is_full = [True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "deque", Full)
        yield
    is_full.clear()


@contextmanager
def no_memory_to_collect(place: Place) -> Iterator[None]:
    """Have the writer raise where it takes what is new from a run."""

    def fails(*_: object) -> None:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Unsaved, "collect", fails)
        yield


@contextmanager
def no_thread(place: Place) -> Iterator[None]:
    def fails(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", fails)
        yield


def clock_jumps(seconds: float) -> Callable[[Place], AbstractContextManager[None]]:
    """Set the system's clock, wherever the app reads it."""

    @contextmanager
    def injected(place: Place) -> Iterator[None]:
        now = time.time
        with pytest.MonkeyPatch.context() as patch:
            for name, module in sys.modules.copy().items():
                if name.startswith("progress_updater") and getattr(module, "time", None) is now:
                    patch.setattr(module, "time", lambda: now() + seconds)
            yield

    return injected
