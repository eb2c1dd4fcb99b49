"""Where the code of a thread is: files, lines and functions, never values."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

from progress_updater.recording.clean import storable

MOST: Final = 5  # frames
OURS: Final = f"{Path(__file__).parents[1]}/"
AROUND_A_TASK: Final = "celery.app.trace"


def frames_of(thread: int) -> list[dict[str, Any]]:
    """Sample the innermost frames of a thread, leaving out those of this app and of what runs tasks.

    Args:
        thread: its number.

    Returns:
        {"file", "line", "function"} of each, the innermost first; none where the thread has ended, or is a
        greenlet.
    """
    found: list[dict[str, Any]] = []
    frame = sys._current_frames().get(thread)  # noqa: SLF001 (the only way to see another thread)
    while frame is not None and len(found) < MOST and frame.f_globals.get("__name__") != AROUND_A_TASK:
        if not frame.f_code.co_filename.startswith(OURS):
            found.append(_place(frame))
        frame = frame.f_back
    return found


def _place(frame: FrameType) -> dict[str, Any]:
    code = frame.f_code
    return {
        "file": storable(code.co_filename),
        "line": frame.f_lineno,
        "function": storable(code.co_qualname),
    }
