"""Whether the kernel has killed a process of this worker's group because memory ran out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from progress_updater.recording.guard import guard

GROUPS: Final = Path("/sys/fs/cgroup")
MEMBERSHIP: Final = Path("/proc/self/cgroup")
SYSTEM: Final = Path("/proc/vmstat")

_COUNTED: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_known: list[int] = []


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


@guard.wrap("ask the kernel for processes that it has killed", None)
def begin_to_count(**_: Any) -> None:
    """Take note of what was killed before this worker began."""
    has_killed()


@guard.wrap("ask the kernel for processes that it has killed", False)
def has_killed() -> bool:
    """Tell whether the kernel has killed a process since this was asked the last time."""
    before, counted = _known[:], kernel_kills()
    _known[:] = [] if counted is None else [counted]
    return bool(before) and counted is not None and counted > before[0]
