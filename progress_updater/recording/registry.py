"""The runs that are going on in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from weakref import ref

if TYPE_CHECKING:
    from progress_updater.recording.recorder import Recorder

# Weak references without a callback: a signal's exception that is raised in a callback would be lost.
_live: Final[dict[str, ref[Recorder]]] = {}


def add(recorder: Recorder) -> None:
    """Take up a run that began."""
    for run, reference in _live.copy().items():
        if reference() is None:
            _live.pop(run, None)
    _live[recorder.run] = ref(recorder)


def remove(recorder: Recorder) -> None:
    """Forget a run that ended."""
    _live.pop(recorder.run, None)


def live() -> list[Recorder]:
    """List the runs that are going on, the oldest first."""
    return [recorder for reference in list(_live.values()) if (recorder := reference()) is not None]


def of_task(task_uuid: str) -> Recorder | None:
    """Find the newest run of a task in this process, None where there is none."""
    return next((recorder for recorder in reversed(live()) if recorder.task_uuid == task_uuid), None)


def _branch_all() -> None:
    for recorder in live():
        recorder.branch()


os.register_at_fork(after_in_child=_branch_all)
