"""Print the classic text as it happens, for verbose=1."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from progress_updater import states
from progress_updater.recording import text
from progress_updater.recording.clean import storable
from progress_updater.recording.guard import guard
from progress_updater.recording.silence import silently

if TYPE_CHECKING:
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.step import StepRecord


class Echo:
    """Write each line of the record to the standard output.

    Args:
        task_name: the name that stands before those of the first steps.
    """

    def __init__(self, task_name: str) -> None:
        self._task_name = task_name
        self._jobs = 0
        self._succeeded = 0

    def opened(self, step: StepRecord) -> None:
        """Print that a step begins."""
        first_level = step.parent is None or step.parent.number is None
        self._write(text.step_opened(step.name, task_name=self._task_name if first_level else None))

    def said(self, line: str) -> None:
        """Print a message."""
        self._write(text.said(line))

    def closed(self, step: StepRecord) -> None:
        """Print how a step ended, unless it is only the frame of its child steps."""
        ending = step.ending
        if ending is None:
            return
        if not step.children:
            self._jobs += 1
            self._succeeded += ending.state == states.SUCCESS
        seconds = ending.at - (step.began or ending.at)
        if ending.failure is not None and (not step.children or ending.failure.step == step.number):
            self._write(text.step_failed(seconds, ending.failure.type, ending.failure.text))
        elif not step.children:
            good = ending.state == states.SUCCESS
            self._write(text.step_succeeded(seconds) if good else text.step_failed(seconds, None, None))

    def skipped(self) -> None:
        """Count a planned step that never began: a job that was not done."""
        self._jobs += 1

    def finished(self, recorder: Recorder) -> None:
        """Print the last line."""
        self._write(text.task_finished(self._succeeded, self._jobs))

    @guard.wrap("print the classic text", None)
    def _write(self, lines: str) -> None:
        # In a worker the standard output is a logger.
        silently(_print, lines)


def _print(lines: str) -> None:
    if sys.stdout is not None:
        sys.stdout.write(storable(lines))
        sys.stdout.flush()
