"""The change that stores what a journal says of a run, and the database does not know yet."""

from typing import Final, NamedTuple

from progress_updater import states
from progress_updater.recording.changes import (
    AttemptChange,
    CountChange,
    MessageChange,
    RunChange,
    StepChange,
    TaskChange,
)
from progress_updater.recording.clean import level_name
from progress_updater.recording.entries import Entry, latest_number
from progress_updater.recording.lines import GAP, Line
from progress_updater.writing.journal.journaled_run import JournaledRun, failure_of

COUNT: Final = ("current", "total", "unit", "percent", "rate")


class Known(NamedTuple):
    """What the log of a run says, before its journal is stored."""

    message: str | None
    steps_done: int
    steps_failed: int
    current: float | None
    total: float | None
    unit: str | None
    percent: float | None
    rate: float | None


NOTHING: Final = Known(None, 0, 0, None, None, None, None, None)


def run_change(run: JournaledRun, known: Known | None) -> tuple[RunChange, int]:
    """Turn what is not stored of a run into a change.

    Args:
        run: the run.
        known: what its log says; None where its attempt is not stored.

    Returns:
        The change, and how many numbers of the log's cursor it takes.
    """
    lines = _not_replaced(run.lines)
    changed = known is None or not run.is_end_stored
    numbers = sorted(
        {*(line.n for line in lines), *(n for step in run.steps.values() for n in _numbers(step))}
    )
    events = {n: event for event, n in enumerate(numbers, 1)}
    last = len(numbers) + 1
    change = RunChange(
        run=run.run,
        is_new=known is None,
        task=_task(run, known or NOTHING, last) if run.leads and changed and not run.is_overtaken else None,
        attempt=_attempt(run),
        attempt_changed=changed,
        is_overtaken=run.is_overtaken,
        steps=[_step(run, entry, events) for entry in run.steps.values()],
        messages=[_message(run, line, events) for line in lines],
    )
    return change, last


def _not_replaced(lines: dict[int, Line]) -> list[Line]:
    newest = {line.replace: line.n for _, line in sorted(lines.items())}
    return [line for line in lines.values() if line.replace is None or newest[line.replace] == line.n]


def _numbers(entry: Entry) -> set[int]:
    return {latest_number(entry), entry[7]}


def _task(run: JournaledRun, known: Known, last: int) -> TaskChange:
    state, end, failure = run.end or (states.STARTED, None, None)
    return TaskChange(
        state=state,
        custom_state=None,
        start=run.epoch + run.started,
        end=end,
        end_event=None if end is None else last,
        exception=None if failure is None else failure.text,
        exception_type=None if failure is None else failure.type,
        message=known.message,
        steps_done=known.steps_done,
        steps_failed=known.steps_failed,
        count=CountChange(**{name: getattr(known, name) for name in COUNT}),
        result=run.result,
        result_kept=run.result_kept,
    )


def _attempt(run: JournaledRun) -> AttemptChange:
    state, end, failure = run.end or (states.STARTED, None, None)
    return AttemptChange(
        retries=run.retries,
        redelivered=run.redelivered,
        worker=run.worker,
        state=state,
        start=run.epoch + run.started,
        end=end,
        failure=failure,
        process=run.process,
    )


def _step(run: JournaledRun, entry: Entry, events: dict[int, int]) -> StepChange:
    _, _, number, parent, name, began, _, opened_n, ending, current, total, unit = entry
    n = latest_number(entry)
    begun = states.PENDING if began is None else states.STARTED
    return StepChange(
        number=number,
        parent=parent,
        name=name,
        state=begun if ending is None else ending[2],
        start=run.time_of(began),
        end=None if ending is None or began is None else run.time_of(ending[1]),
        count=CountChange(current=current, total=total, unit=unit),
        failure=None if ending is None else failure_of(ending[3]),
        n=n,
        opened_event=events[opened_n],
        event=events[n],
    )


def _message(run: JournaledRun, line: Line, events: dict[int, int]) -> MessageChange:
    return MessageChange(
        n=line.n,
        event=events[line.n],
        step=line.step,
        at=run.epoch + line.at,
        level=level_name(line.level),
        text=line.text,
        data=line.data,
        replace=line.replace,
        replaces=(),
        source=line.source,
        public=bool(line.public) and line.source != GAP,
    )
