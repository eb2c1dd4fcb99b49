"""Turn what the recorder keeps into the values of table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from progress_updater import states
from progress_updater.recording.changes import (
    AttemptChange,
    CountChange,
    MessageChange,
    StepChange,
    TaskChange,
)
from progress_updater.recording.clean import level_name
from progress_updater.recording.count import NOT_COUNTED
from progress_updater.recording.process import this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from progress_updater.recording.count import Count
    from progress_updater.recording.lines import Line
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.step import Ending, StepRecord
    from progress_updater.recording.unsaved import Spoken, Unsaved


def count_row(count: Count) -> CountChange:
    """Give the columns of a count; one that never counted has none. A percentage that was shown stays."""
    if count.sampled == NOT_COUNTED and count.percent is None:
        return CountChange()
    current, total, unit = count.sampled
    return CountChange(current=current, total=total, unit=unit, percent=count.percent, rate=count.rate)


def task_row(recorder: Recorder, unsaved: Unsaved, spoken: Spoken, events: Mapping[int, int]) -> TaskChange:
    """Give the columns of the log that belong to the newest attempt."""
    state = states.RETRY if recorder.replaced and spoken.state == states.IGNORED else spoken.state
    ending = spoken.ending if state in states.TERMINAL else None
    failure = None if ending is None else ending.failure
    return TaskChange(
        state=state,
        custom_state=spoken.custom_state,
        start=recorder.time_of(recorder.started),
        end=None if ending is None else recorder.time_of(ending.at),
        end_event=None if ending is None else events.get(ending.n),
        exception=None if failure is None else failure.text,
        exception_type=None if failure is None else failure.type,
        message=unsaved.message,
        steps_done=unsaved.steps_done,
        steps_failed=unsaved.steps_failed,
        count=count_row(recorder.root),
        result=None if ending is None else recorder.result,
        result_kept=recorder.result_kept,
    )


def attempt_row(recorder: Recorder, spoken: Spoken) -> AttemptChange:
    """Give the row of the attempt."""
    ending = spoken.ending
    return AttemptChange(
        retries=recorder.retries,
        redelivered=recorder.redelivered,
        worker=recorder.worker,
        state=spoken.state,
        start=recorder.time_of(recorder.started),
        end=None if ending is None else recorder.time_of(ending.at),
        failure=None if ending is None else ending.failure,
        process=this_process() if recorder.in_celery and recorder.leads else None,
    )


def step_row(
    step: StepRecord, ending: Ending | None, time_of: Callable[[float], float], events: Mapping[int, int]
) -> StepChange:
    """Give the row of a step; its ending was read once, so that the row is never half of a change."""
    begun = states.PENDING if step.began is None else states.STARTED
    assert step.number is not None
    return StepChange(
        number=step.number,
        parent=None if step.parent is None else step.parent.number,
        name=step.name,
        state=begun if ending is None else ending.state,
        start=None if step.began is None else time_of(step.began),
        end=None if ending is None or step.began is None else time_of(ending.at),
        count=count_row(step),
        failure=None if ending is None else ending.failure,
        n=step.n,
        opened_event=events.get(step.opened_n, events[step.n]),
        event=events[step.n],
    )


def message_row(
    line: Line,
    time_of: Callable[[float], float],
    events: Mapping[int, int],
    stored: Mapping[str, tuple[int, ...]],
) -> MessageChange:
    """Give the row of a line; `stored` tells the numbers of the stored lines of each replaceable name."""
    return MessageChange(
        n=line.n,
        event=events[line.n],
        step=line.step,
        at=time_of(line.at),
        level=level_name(line.level),
        text=line.text,
        data=line.data,
        replace=line.replace,
        replaces=() if line.replace is None else stored.get(line.replace, ()),
        source=line.source,
        public=bool(line.public),
    )
