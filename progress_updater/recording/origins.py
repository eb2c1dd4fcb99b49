"""Where an exception arose: the innermost step that it left; the steps around it were only passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from progress_updater.recording.failure import Failure, describe

if TYPE_CHECKING:
    from progress_updater.recording.step import StepRecord

# The exception itself remembers, in plain values: a list beside it would keep its frames alive, or forget
# it while another thread hands it on.
_ATTRIBUTE: Final = "_progress_updater_origin"

Origin = tuple[str, tuple[int | None, ...], str | None]
"""The run, the numbers of the steps from the innermost outwards (None is the task), and where in a loop."""


def describe_leaving(
    exception: BaseException, step: StepRecord, *, limit: int, with_traceback: bool = False
) -> Failure:
    """Describe an exception that leaves a step.

    Args:
        exception: what leaves it.
        step: the step, or the run's root.
        limit: characters kept of the exception's text.
        with_traceback: format the traceback also where the exception only passes.

    Returns:
        What is stored of it.
    """
    known, place = _known(exception, step), step.place_in_loop()
    _, path, where = known or (None, _path(step), None)
    vars(exception)[_ATTRIBUTE] = (step.recorder.run, path, where or place)
    return describe(
        exception,
        step=path[0],
        limit=limit,
        with_traceback=known is None or with_traceback,
        where=place or where,
    )


def _known(exception: BaseException, step: StepRecord) -> Origin | None:
    """Return the origin if the exception comes from inside the step."""
    origin: Origin | None = vars(exception).get(_ATTRIBUTE)
    passes = origin is not None and origin[0] == step.recorder.run and step.number in origin[1]
    return origin if passes else None


def _path(step: StepRecord) -> tuple[int | None, ...]:
    path: list[int | None] = []
    here: StepRecord | None = step.nearest_kept
    while here is not None:
        path.append(here.number)
        here = here.parent
    return tuple(path)
