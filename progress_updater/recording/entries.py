"""What a run tells its journal: plain tuples, each of which can be understood without those before it.

The first two values of each are its kind and the key of its run; the order of entries does not matter, for
each change carries its number.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from progress_updater.recording.process import ProcessIdentity, this_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from progress_updater.recording.failure import Failure
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.step import Ending, StepRecord

Entry = tuple[Any, ...]

RUN: Final = 0
"""key, run, task_uuid, epoch, started, retries, redelivered, worker, leads, the process, the identity."""
LINE: Final = 1
"""key, the fields of a Line."""
STEP: Final = 2
"""key, number, parent, name, began, n, opened_n, its ending, current, total, unit."""
END: Final = 3
"""key, the run's ending, None where the run goes on again; its result, whether that is kept whole."""
QUEUED: Final = 4
"""As LINE, of a line that is in no memory."""

_process: Final[Callable[[ProcessIdentity], tuple[Any, ...]]] = attrgetter(
    *ProcessIdentity.__dataclass_fields__
)


def run_entry(recorder: Recorder) -> Entry:
    """Say which run it is.

    Args:
        recorder: the run.

    Returns:
        An entry of the kind RUN.
    """
    return (
        RUN,
        recorder.key,
        recorder.run,
        recorder.task_uuid,
        recorder.time_of(0.0),
        recorder.started,
        recorder.retries,
        recorder.redelivered,
        recorder.worker,
        recorder.leads,
        _process(this_process()) if recorder.in_celery and recorder.leads else None,
        recorder.identity[:],
    )


def step_entry(recorder: Recorder, step: StepRecord) -> Entry:
    """Say how a step is now.

    Args:
        recorder: its run.
        step: the step.

    Returns:
        An entry of the kind STEP.
    """
    parent, ending = step.parent, step.ending
    current, total, unit = step.reading() if step.counting else _NOT_COUNTING
    return (
        STEP, recorder.key, step.number, None if parent is None else parent.number, step.name, step.began,
        step.n, step.opened_n, None if ending is None else _ending(ending), current, total, unit,
    )  # fmt: skip


def end_entry(recorder: Recorder) -> Entry:
    """Say how a run ended, or that it goes on again.

    Args:
        recorder: the run.

    Returns:
        An entry of the kind END.
    """
    ended = None if recorder.ending is None else _ending(recorder.ending)
    return (END, recorder.key, ended, recorder.result, recorder.result_kept)


def latest_number(entry: Entry) -> int:
    """Return the number of the latest change that an entry tells.

    Args:
        entry: of the kind LINE, QUEUED, STEP or END.

    Returns:
        The number; 0 where a run goes on again.
    """
    if entry[0] == STEP:
        n: int = entry[6]
        return n if entry[8] is None else max(n, entry[8][0])
    if entry[0] == END:
        return 0 if entry[2] is None else int(entry[2][0])
    return int(entry[2])


_NOT_COUNTING: Final = (None, None, None)


def _ending(ending: Ending) -> tuple[Any, ...]:
    # A slice of it is a plain tuple, which the journal can write.
    return ending[:] if ending.failure is None else (*ending[:3], _failure(ending.failure))


def _failure(failure: Failure) -> tuple[Any, ...]:
    return (failure.type, failure.text, failure.step, failure.traceback, failure.where)
