"""The runs that are going on in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from progress_updater.recording.recorder import Recorder

_live: Final[WeakValueDictionary[str, Recorder]] = WeakValueDictionary()


def add(recorder: Recorder) -> None:
    """Take up a run that began."""
    _live[recorder.run] = recorder


def remove(recorder: Recorder) -> None:
    """Forget a run that ended."""
    _live.pop(recorder.run, None)


def live() -> list[Recorder]:
    """List the runs that are going on, the oldest first."""
    # Going over the values themselves would fail when another thread begins a run meanwhile.
    return [recorder for reference in _live.valuerefs() if (recorder := reference()) is not None]


def of_task(task_uuid: str) -> Recorder | None:
    """Find the newest run of a task in this process, None where there is none."""
    return next((recorder for recorder in reversed(live()) if recorder.task_uuid == task_uuid), None)


def _branch_all() -> None:
    for recorder in live():
        recorder.branch()


os.register_at_fork(after_in_child=_branch_all)
