"""What is kept of an exception: text, never the object and never a frame's variables."""

import traceback
from dataclasses import dataclass
from typing import Final

from progress_updater.recording.clean import cut, printed
from progress_updater.recording.passing import PASSING

TRACEBACK_LIMIT: Final = 50_000  # characters
FRAME_LIMIT: Final = 100  # frames, the innermost ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One exception, as it is stored."""

    type: str
    """The qualified name of its class, bare for a built-in one."""
    text: str
    """What it said."""
    step: int | None
    """The number of the step in which it arose, None for the task itself."""
    traceback: str | None
    """The formatted traceback; None on the outer steps that the exception only passed."""
    where: str | None = None
    """Where in a counted loop: "at item 412 of 1000"."""


def describe(
    exception: BaseException,
    *,
    step: int | None,
    limit: int,
    with_traceback: bool = True,
    where: str | None = None,
) -> Failure:
    """Describe an exception while its traceback is there; Celery clears it after the task.

    Args:
        exception: any exception, also one whose text cannot be made.
        step: the number of the step in which it arose.
        limit: characters kept of its text.
        with_traceback: whether the traceback is formatted.
        where: where in a counted loop it arose.

    Returns:
        What is stored of it.
    """
    return Failure(
        type=type_name(type(exception)),
        text=cut(printed(exception), limit),
        step=step,
        traceback=_formatted(exception) if with_traceback else None,
        where=where,
    )


def type_name(kind: type[BaseException]) -> str:
    """Name an exception's class.

    Args:
        kind: the class.

    Returns:
        "ValueError", or "package.module.Name" for what is not built in.
    """
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _formatted(exception: BaseException) -> str:
    try:
        text = "".join(traceback.format_exception(exception, limit=-FRAME_LIMIT))
    except PASSING:
        raise
    except Exception:
        return f"<the traceback of {type_name(type(exception))} could not be formatted>"
    return text if len(text) <= TRACEBACK_LIMIT else f"… (cut)\n{text[-TRACEBACK_LIMIT:]}"
