"""Raise, as a signal's handler may, at one chosen point of the app's own code."""

import dis
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

import progress_updater

OURS = str(Path(progress_updater.__file__).parent)
# After these the interpreter looks for signals.
CHECKED = {"CALL", "CALL_FUNCTION_EX", "RESUME", "JUMP_BACKWARD"}


class Interruption:
    """Count the points where a signal could be handled, and raise at one of them.

    Args:
        at: the point's number; 0 for none.

    Attributes:
        passed: points that were passed.
        where: where it raised.
    """

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0
        self.where = ""

    def during(self, function: Callable[[], Any]) -> None:
        """Call a function of the author's; the time limit passes."""
        sys.settrace(self._entered)
        try:
            function()
        finally:
            sys.settrace(None)

    def _entered(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        frame.f_trace_opcodes = True
        code, before = frame.f_code.co_code, [-1]

        def step(frame: FrameType, event: str, arg: object) -> Any:
            if event == "opcode":
                last, before[0] = before[0], frame.f_lasti
                if last >= 0 and dis.opname[code[last]] in CHECKED:
                    self._point(frame)
            return step

        return step

    def _point(self, frame: FrameType) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.where = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
            raise SoftTimeLimitExceeded
