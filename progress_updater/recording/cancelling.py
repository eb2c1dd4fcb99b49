"""Stop a task that somebody has cancelled, where its code looks after it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from progress_updater.exceptions import TaskCancelled

if TYPE_CHECKING:
    from progress_updater.recording.recorder import Recorder


def stop_if_cancelled(recorder: Recorder) -> None:
    """Stop a cancelled run, unless its code is already on its way out.

    Args:
        recorder: the run.

    Raises:
        TaskCancelled: it was cancelled. Where that is being handled, in `except` and `finally`, steps may be
            entered to clean up.
    """
    if recorder.cancel_requested and not isinstance(sys.exception(), TaskCancelled):
        raise TaskCancelled
