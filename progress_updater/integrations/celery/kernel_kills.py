"""Whether the kernel has killed a process of this worker's group because memory ran out."""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any, Final

from progress_updater.recording.guard import guard
from progress_updater.writing.native import Bell, start_thread

GROUPS: Final = Path("/sys/fs/cgroup")
MEMBERSHIP: Final = Path("/proc/self/cgroup")
SYSTEM: Final = Path("/proc/vmstat")

PAUSE: Final = 1.0  # seconds between two looks
NOTICED: Final = 15.0  # seconds after which Celery has noticed the death of a process; up to ten were seen
MOST: Final = 1_000  # kills that are kept

_COUNTED: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def kernel_kills() -> int | None:
    """Count the processes that the kernel has killed so far for want of memory.

    The source is the control group of this process, in version 2 (memory.events) or 1 (memory.oom_control),
    else the whole system; see the kernel's Documentation/admin-guide/cgroup-v2.rst.

    Returns:
        None where the kernel does not tell.
    """
    for path in _sources():
        try:
            found = _COUNTED.search(path.read_text())
        except OSError:
            continue
        if found is not None:
            return int(found[1])
    return None


def _sources() -> Iterator[Path]:
    groups = MEMBERSHIP.read_text().splitlines() if MEMBERSHIP.exists() else []
    for controllers, group in (line.split(":", 2)[1:] for line in groups):
        if not controllers:
            yield GROUPS / group.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):
            yield GROUPS / "memory" / group.lstrip("/") / "memory.oom_control"
    yield SYSTEM


class Kills:
    """Keep the moments of the kernel's kills; each is the cause of one death at the most."""

    def __init__(self) -> None:
        self._known: int | None = None
        self._moments: deque[float] = deque(maxlen=MOST)

    def begin(self) -> bool:
        """Look for the first time.

        Returns:
            False where the kernel does not tell, and where it was looked before.
        """
        is_first = self._known is None
        self.look()
        return is_first and self._known is not None

    def look(self) -> None:
        """Take note of what was killed since the last look."""
        counted, now = kernel_kills(), monotonic()
        if counted is None:
            return
        # Nothing is called between these lines: two threads that look at once count no kill twice.
        known = self._known
        if known is None or counted > known:
            self._known = counted
        if known is not None and counted > known:
            self._moments.extend([now] * (counted - known))

    def take(self) -> bool:
        """Take the earliest kill that may be the cause of a death that Celery tells now.

        Returns:
            False where there is none.
        """
        self.look()
        while self._moments:
            if self._moments.popleft() >= monotonic() - NOTICED:
                return True
        return False

    def watch(self) -> None:
        """Look again and again, so that a kill of some other process is old when a child dies."""
        bell = Bell()
        while not bell.wait(PAUSE):
            self._look_guarded()

    @guard.wrap("ask the kernel for processes that it has killed", None)
    def _look_guarded(self) -> None:
        self.look()


_kills = Kills()


@guard.wrap("ask the kernel for processes that it has killed", None)
def begin_to_count(**_: Any) -> None:
    """Take note of what was killed before this worker began, and watch from now on."""
    if _kills.begin():
        start_thread(_kills.watch)


@guard.wrap("ask the kernel for processes that it has killed", False)
def has_killed() -> bool:
    """Tell whether the kernel may have killed the process whose death is told now; each kill answers once."""
    return _kills.take()
