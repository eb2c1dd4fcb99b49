"""What is kept of an exception: text, never the object and never a frame's variables."""

import signal
from dataclasses import dataclass
from typing import Final

from progress_updater.recording.clean import cut, printed
from progress_updater.recording.passing import PASSING
from progress_updater.recording.tracebacks import formatted, type_name

TRACEBACK_LIMIT: Final = 50_000  # characters
_SIGNALS: Final = {str(number - 256): number.name for number in signal.Signals}
"""By the code with which a process of a pool exits at a signal: at a time limit, or when it is terminated."""


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
        text=cut(_said(exception), limit),
        step=step,
        traceback=_formatted(exception) if with_traceback else None,
        where=where,
    )


def _said(exception: BaseException) -> str:
    if isinstance(exception, SystemExit) and (name := _SIGNALS.get(printed(exception.code))):
        return f"The process was told to end ({name})."
    return printed(exception)


def _formatted(exception: BaseException) -> str:
    try:
        text = formatted(exception)
    except PASSING:
        raise
    except Exception:
        return f"<the traceback of {type_name(type(exception))} could not be formatted>"
    return text if len(text) <= TRACEBACK_LIMIT else f"… (cut)\n{_last_lines(text)}"


def _last_lines(text: str) -> str:
    """Begin with a whole line: half of a secret could not be told from other text."""
    cut = text[-TRACEBACK_LIMIT:]
    return cut.partition("\n")[2] or cut
