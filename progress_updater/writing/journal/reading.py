"""What a journal says of each run, put together from its entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from progress_updater import states
from progress_updater.recording.changes import (
    AttemptChange,
    CountChange,
    Identity,
    MessageChange,
    RunChange,
    StepChange,
    TaskChange,
)
from progress_updater.recording.clean import printed
from progress_updater.recording.entries import END, LINE, QUEUED, RUN, STEP, Entry
from progress_updater.recording.failure import Failure
from progress_updater.recording.lines import GAP, Line, line_of
from progress_updater.recording.process import ProcessIdentity
from progress_updater.writing.journal.segments import read_kind, read_segment

PORTION: Final = 8  # files that are read at a time: a journal may be larger than memory for lines


@dataclass(kw_only=True)
class JournaledRun:
    """One run, as its journal knows it."""

    run: str
    task_uuid: str
    epoch: float
    started: float
    retries: int
    redelivered: bool
    worker: str | None
    leads: bool
    process: ProcessIdentity | None
    identity: Identity
    lines: dict[int, Line] = field(default_factory=dict)
    """Those that are not stored, by n."""
    steps: dict[int, Entry] = field(default_factory=dict)
    """The newest entry of each step that is not stored, by number."""
    ending: Entry | None = None
    is_end_stored: bool = True
    """Whether its end, or that it has none, is stored."""
    is_overtaken: bool = False
    """Whether its task had begun again before anything of this run was stored."""

    def time_of(self, moment: float | None) -> float | None:
        """Convert a moment of the process's monotonic clock to seconds since the epoch."""
        return None if moment is None else self.epoch + moment

    def begin_portion(self) -> None:
        """Forget what was said of it so far, and is stored now."""
        self.lines.clear()
        self.steps.clear()
        self.is_end_stored = True

    @property
    def end(self) -> tuple[str, float, Failure | None] | None:
        """State, time and failure of its end; None where the process died before it."""
        if self.ending is None:
            return None
        _, at, state, failure = self.ending
        return state, self.epoch + at, _failure(failure)


def read_journal(segments: Sequence[Path]) -> Iterator[list[JournaledRun]]:
    """Put together what the files of a process say, a few files at a time.

    Args:
        segments: the files, the oldest first.

    Yields:
        The runs in the order of their beginning, with what is said of them in the next files. They are the
        same objects each time.
    """
    # The files say again which runs go on; what is said of a run may come before that.
    introductions = [entry for path in segments for entry in read_kind(path, RUN)]
    runs = {entry[1]: _run(entry) for entry in introductions}
    for first in range(0, len(segments), PORTION):
        for path in segments[first : first + PORTION]:
            for is_stored, entry in read_segment(path):
                if entry[1] in runs:
                    _take(runs[entry[1]], entry, is_stored)
        yield list(runs.values())
        for run in runs.values():
            run.begin_portion()


def _run(entry: Entry) -> JournaledRun:
    _, _, run, task_uuid, epoch, started, retries, redelivered, worker, leads, process, identity = entry
    return JournaledRun(
        run=run,
        task_uuid=task_uuid,
        epoch=epoch,
        started=started,
        retries=retries,
        redelivered=redelivered,
        worker=worker,
        leads=leads,
        process=None if process is None else ProcessIdentity(*process),
        identity=_identity(identity),
    )


def _identity(values: list[Any]) -> Identity:
    fields = dict(zip(Identity.__dataclass_fields__, values, strict=True))
    return Identity(**{**fields, "tags": tuple(fields["tags"])})


def _take(run: JournaledRun, entry: Entry, is_stored: bool) -> None:
    kind = entry[0]
    if kind == END:
        run.ending, run.is_end_stored = entry[2], is_stored
    elif kind in {LINE, QUEUED} and not is_stored:
        line = line_of(entry)
        run.lines[line.n] = line
    elif kind == STEP and not is_stored:
        known = run.steps.get(entry[2])
        if known is None or _newest_n(known) <= _newest_n(entry):
            run.steps[entry[2]] = entry


def _newest_n(entry: Entry) -> int:
    n: int = entry[6]
    ending = entry[8]
    return n if ending is None else max(n, ending[0])


def _failure(fields: tuple[Any, ...] | None) -> Failure | None:
    if fields is None:
        return None
    kind, text, step, traceback, where = fields
    return Failure(type=kind, text=text, step=step, traceback=traceback, where=where)


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


COUNT: Final = ("current", "total", "unit", "percent", "rate")
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
    return {_newest_n(entry), entry[7]}


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
    n = _newest_n(entry)
    begun = states.PENDING if began is None else states.STARTED
    return StepChange(
        number=number,
        parent=parent,
        name=name,
        state=begun if ending is None else ending[2],
        start=run.time_of(began),
        end=None if ending is None or began is None else run.time_of(ending[1]),
        count=CountChange(current=current, total=total, unit=unit),
        failure=None if ending is None else _failure(ending[3]),
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
        level=printed(line.level),
        text=line.text,
        data=line.data,
        replace=line.replace,
        replaces=(),
        source=line.source,
        public=bool(line.public) and line.source != GAP,
    )
