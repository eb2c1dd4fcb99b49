"""Find the row that the database refuses, by halving what was to be stored."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from progress_updater.recording.changes import (
    CountChange,
    Identity,
    LogChange,
    MessageChange,
    RunChange,
    Settlement,
    StepChange,
    TaskChange,
)
from progress_updater.recording.lines import GAP

REFUSED: Final = "1 line is missing here: the database refused it"
UNKNOWN: Final = Identity(task_name="?")

Row = TypeVar("Row", MessageChange, StepChange)


def parts(changes: list[LogChange]) -> list[list[LogChange]]:
    """Split what could not be stored at once.

    Args:
        changes: of one or more tasks.

    Returns:
        Two or more smaller lists that together say the same; none where nothing can be split.
    """
    if len(changes) > 1:
        middle = len(changes) // 2
        return [changes[:middle], changes[middle:]]
    return [[change] for change in _parts_of(changes[0])]


def _parts_of(change: LogChange) -> list[LogChange]:
    run = change.run
    if run is None or not (run.steps or run.messages):
        return []
    if run.attempt_changed or run.task is not None:
        rest = replace(run, is_new=False, task=None, attempt_changed=False)
        base = replace(run, steps=[], messages=[])
        # The task ends, for its readers, when all its lines are there. Its name may be what is refused.
        lines = replace(change, identity=UNKNOWN, new_identity=False)
        return [_with(lines, rest), _with(change, base)]
    if run.steps and run.messages:
        return [_with(change, replace(run, messages=[])), _with(change, replace(run, steps=[]))]
    if len(run.steps) + len(run.messages) == 1:
        return []
    first = replace(run, steps=_first_half(run.steps), messages=_first_half(run.messages))
    second = replace(run, steps=_second_half(run.steps), messages=_second_half(run.messages))
    return [_with(change, first), _with(change, second)]


def _first_half(rows: Sequence[Row]) -> list[Row]:
    return list(rows[: len(rows) // 2])


def _second_half(rows: Sequence[Row]) -> list[Row]:
    return list(rows[len(rows) // 2 :])


def _with(change: LogChange, run: RunChange) -> LogChange:
    """Number the events of a part anew, in their old order."""
    used = {row.event for row in run.messages} | {row.event for row in run.steps}
    used |= {row.opened_event for row in run.steps}
    if run.task is not None:
        used.add(run.task.end_event or change.events)
    new = {event: number for number, event in enumerate(sorted(used), 1)}
    steps = [replace(row, event=new[row.event], opened_event=new[row.opened_event]) for row in run.steps]
    messages = [replace(row, event=new[row.event]) for row in run.messages]
    task = run.task
    if task is not None and task.end_event is not None:
        task = replace(task, end_event=new[task.end_event])
    return replace(
        change, events=max(1, len(new)), run=replace(run, steps=steps, messages=messages, task=task)
    )


def defused(change: LogChange) -> LogChange:
    """Replace what an author gave by what every database takes.

    Args:
        change: a single row that was refused.

    Returns:
        The same place in the record, with a gap in the place of a line.
    """
    run, end = change.run, change.settlement
    return replace(
        change,
        identity=UNKNOWN,
        run=None if run is None else _defused_run(run),
        settlement=None if end is None else _defused_end(end),
    )


def _defused_end(end: Settlement) -> Settlement:
    if_begun = None if end.if_begun is None else replace(end.if_begun, text="?")
    return replace(end, failure=None, if_begun=if_begun)


def _defused_run(run: RunChange) -> RunChange:
    return replace(
        run,
        steps=[replace(row, name="?", count=CountChange(), failure=None) for row in run.steps],
        messages=[
            replace(row, text=REFUSED, data='{"count":1}', level="warning", replace=None, source=GAP)
            for row in run.messages
        ],
        attempt=replace(run.attempt, failure=None, worker=None),
        task=None if run.task is None else _defused_task(run.task),
    )


def _defused_task(task: TaskChange) -> TaskChange:
    return replace(
        task,
        custom_state=None,
        exception=None,
        exception_type=None,
        message=None,
        result=None,
        result_kept=None,
        count=CountChange(),
    )
