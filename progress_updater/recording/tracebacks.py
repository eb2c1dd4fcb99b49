"""Format a traceback. Python's own formatting swallows what a signal raises in it, a time limit too."""

import linecache
import traceback
from collections.abc import Iterator
from textwrap import indent
from types import TracebackType
from typing import Final

from progress_updater.recording.clean import printed

FRAME_LIMIT: Final = 100  # frames, the innermost ones
CHAIN_LIMIT: Final = 20  # exceptions, the latest ones
GROUP_LIMIT: Final = 10  # exceptions of a group

_CAUSE: Final = "\nIt was the cause of the next exception:\n\n"
_CONTEXT: Final = "\nWhile it was handled, the next exception was raised:\n\n"


def formatted(exception: BaseException) -> str:
    """Format an exception as Python does, with what it came from.

    Args:
        exception: any exception.

    Returns:
        Whole lines, the exception's own at the end.
    """
    return "".join(reversed(list(_parts(exception))))


def type_name(kind: type[BaseException]) -> str:
    """Name an exception's class.

    Args:
        kind: the class.

    Returns:
        "ValueError", or "package.module.Name" for what is not built in.
    """
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _parts(exception: BaseException) -> Iterator[str]:
    shown: set[int] = set()
    error: BaseException | None = exception
    while error is not None:
        shown.add(id(error))
        yield _frames(error.__traceback__) + _itself(error)
        joint, error = _before(error)
        if error is None or id(error) in shown or len(shown) == CHAIN_LIMIT:
            return
        yield joint


def _before(error: BaseException) -> tuple[str, BaseException | None]:
    if error.__cause__ is not None:
        return _CAUSE, error.__cause__
    return _CONTEXT, None if error.__suppress_context__ else error.__context__


def _frames(trace: TracebackType | None) -> str:
    if trace is None:
        return ""
    frames = []
    for frame, line in list(traceback.walk_tb(trace))[-FRAME_LIMIT:]:
        linecache.lazycache(frame.f_code.co_filename, frame.f_globals)
        frames.append((frame.f_code.co_filename, line, frame.f_code.co_name, None))
    # Without columns: what they point at is parsed inside of a block that suppresses every exception.
    return "Traceback (most recent call last):\n" + "".join(traceback.StackSummary.from_list(frames).format())


def _itself(error: BaseException) -> str:
    text = printed(error)
    lines = f"{type_name(type(error))}: {text}\n" if text else f"{type_name(type(error))}\n"
    notes = getattr(error, "__notes__", ())
    if isinstance(notes, (list, tuple)):
        lines += "".join(f"{printed(note)}\n" for note in notes)
    if isinstance(error, BaseExceptionGroup):
        lines += indent("\n".join(map(formatted, error.exceptions[:GROUP_LIMIT])), "  | ")
    return lines
