"""What a run has not stored yet, until the writer has brought it to the sink."""

from __future__ import annotations

from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from progress_updater import states
from progress_updater.recording.changes import LogChange, RunChange
from progress_updater.recording.count import NOT_COUNTED
from progress_updater.recording.lines import GAP, Line, Lines, cost_of, steps_gap_line
from progress_updater.recording.rows import attempt_row, message_row, step_row, task_row
from progress_updater.recording.step import Ending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from progress_updater.recording.changes import Identity
    from progress_updater.recording.count import Reading
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.step import StepRecord


class Spoken(NamedTuple):
    """What a run says of its task, read once for a flush: it may change at any moment."""

    ending: Ending | None
    custom_state: str | None
    identity: Identity

    @property
    def state(self) -> str:
        """The state of the run."""
        return states.STARTED if self.ending is None else self.ending.state


class Unsaved:
    """Keep what waits for the writer.

    The author's threads put into `steps` and `counting`; all else belongs to the thread that collects.

    Args:
        recorder: the run.
        crowded: steps that could not keep all their child steps; the author's threads put them in.

    Attributes:
        steps: steps that were opened, ended or planned, by number.
        counting: open counts, which are sampled at each flush.
        held: bytes of memory that the collected lines take.
        message: the last public line.
        steps_done: steps that have ended.
        steps_failed: those of them that failed.
    """

    def __init__(self, recorder: Recorder, crowded: dict[int | None, StepRecord]) -> None:
        self.steps: dict[int | None, StepRecord] = {}
        self.counting: dict[int | None, StepRecord] = {}
        self.held = 0
        self.message: str | None = None
        self.steps_done = 0
        self.steps_failed = 0
        self._recorder = recorder
        self._crowded = crowded
        self._steps: dict[int | None, tuple[StepRecord, Ending | None]] = {}
        self._later: dict[int | None, StepRecord] = {}
        self._lines: list[Line] = []
        self._until: float = inf
        self._replaceable: dict[str, tuple[int, ...]] = {}
        self._spoken: Spoken | None = None
        self._speaking = Spoken(None, None, recorder.identity)

    @property
    def is_new(self) -> bool:
        """Whether nothing of the run is stored yet."""
        return self._spoken is None

    def beginning(self) -> LogChange:
        """Say that the run has begun, and nothing else.

        It is shown at once; what a quick task does meanwhile follows with its end, in one flush. A state of
        the author's own comes with the count that was told with it.

        Returns:
            The change.
        """
        self._speaking = Spoken(None, None, self._recorder.identity)
        return self._change({next(self._recorder.numbers): 1})

    def _speak(self) -> None:
        recorder = self._recorder
        ending = recorder.ending
        custom_state = recorder.custom_state if ending is None else None
        self._speaking = Spoken(ending, custom_state, recorder.identity)

    def collect(self, lines: Lines, now: float) -> LogChange | None:
        """Turn all that is new into one change.

        Args:
            lines: what was said since the last call is taken from here.
            now: the monotonic clock.

        Returns:
            All that is not stored, None where there is nothing.
        """
        # First the end, then the lines: those that were said before the end are stored with it.
        self._speak()
        self._take_lines(lines)
        if self._until < inf:
            self._speaking = self._speaking._replace(ending=None)
        self._take_steps()
        self._sample_counts(now)
        counted = self._sample_task(now)
        events = self._events()
        if counted and not events:
            events = {next(self._recorder.numbers): 1}
        return self._change(events) if events else None

    def _take_lines(self, lines: Lines) -> None:
        before = len(self._lines)
        lines.drain(self._lines)
        # What comes after the lines that are not read back from the journal yet waits for them.
        self._until = lines.until
        if self._until == inf:
            self._lines += self._crowded_lines()
        new = sorted(self._lines[before:], key=attrgetter("n"))
        latest = {line.replace: line.n for line in new if line.replace is not None}
        self._lines = self._not_replaced([*self._lines[:before], *new], latest)
        # What was replaced while it waited counts until the next flush.
        self.held += sum(map(cost_of, new))
        for line in new:
            if line.public and line.source != GAP:
                self.message = line.text

    def _not_replaced(self, lines: list[Line], latest: dict[str, int]) -> list[Line]:
        kept = []
        for line in lines:
            if line.replace is None or latest.get(line.replace, line.n) == line.n:
                kept.append(line)
            else:
                # It may be stored: nobody knows what became of a flush that failed.
                self._replaceable[line.replace] = (*self._replaceable.get(line.replace, ()), line.n)
        return kept

    def _crowded_lines(self) -> Iterable[Line]:
        while self._crowded:
            number, step = self._crowded.popitem()
            yield steps_gap_line(next(self._recorder.numbers), number, step.unkept)

    def _take_steps(self) -> None:
        # A signal may interrupt this, where the author's thread stores: no step is ever in a local name only.
        for number in list(self.steps):
            self._later[number] = self.steps[number]
            del self.steps[number]
        for number, (step, _) in self._steps.items():
            self._later[number] = step
        for number, step in list(self._later.items()):
            self._take_step(number, step)

    def _take_step(self, number: int | None, step: StepRecord) -> None:
        ending = step.ending
        waits = max(step.opened_n, 0 if ending is None else ending.n) > self._until
        if waits:
            self._later[number] = step
            if not step.stored_n < step.opened_n <= self._until:
                return
            ending = None
        self._steps[number] = step, ending
        if not waits:
            self._later.pop(number, None)
        if ending is not None and step.began is not None and not step.tallied:
            self._tally(step, ending.state)

    def _tally(self, step: StepRecord, state: str) -> None:
        step.tallied = True
        self.steps_done += 1
        self.steps_failed += state == states.FAILURE
        if step.parent is not None:
            step.parent.children_done += 1

    def _sample_counts(self, now: float) -> None:
        # Not list(items()), in which Python 3.11 may collect garbage, and so let the author's threads in.
        for number, step in self.counting.copy().items():
            ended = step.ending is not None
            if number is not None and step.sample(now, began=step.began or now):
                self._take_step(number, step)
            if ended:
                step.counting = False
                self.counting.pop(number, None)

    def _sample_task(self, now: float) -> bool:
        root = self._recorder.root
        of_steps: Reading | None = None
        if not root.counting:
            of_steps = (self.steps_done, None, "steps") if root.children else NOT_COUNTED
        return root.sample(now, began=self._recorder.started, reading=of_steps)

    def _events(self) -> dict[int, int]:
        numbers = {line.n for line in self._lines}
        for step, ending in self._steps.values():
            numbers.update(self._numbers_of(step, ending))
        ordered = sorted(numbers)
        if self._speaking != self._spoken:
            # The end comes last, also where a helper thread still recorded something.
            ending = self._speaking.ending
            ordered.append(next(self._recorder.numbers) if ending is None else ending.n)
        return {n: event for event, n in enumerate(ordered, 1)}

    def _numbers_of(self, step: StepRecord, ending: Ending | None) -> set[int]:
        step.n = max(step.n, 0 if ending is None else ending.n)
        # A count takes its number when it is sampled; an ending may have taken a lower one just before.
        if step.n <= step.stored_n:
            step.n = next(self._recorder.numbers)
        return {step.n, step.opened_n} if step.stored_n < step.opened_n else {step.n}

    def _change(self, events: dict[int, int]) -> LogChange:
        recorder, spoken, time_of = self._recorder, self._speaking, self._recorder.time_of
        run = RunChange(
            run=recorder.run,
            is_new=self.is_new,
            task=task_row(recorder, self, spoken, events) if recorder.leads else None,
            attempt=attempt_row(recorder, spoken),
            attempt_changed=self._spoken is None or spoken.state != self._spoken.state,
            steps=[step_row(step, ending, time_of, events) for step, ending in self._steps.values()],
            messages=[message_row(line, time_of, events, self._replaceable) for line in self._lines],
        )
        return LogChange(
            task_uuid=recorder.task_uuid,
            identity=spoken.identity,
            events=len(events),
            run=run,
            new_identity=self._spoken is None or spoken.identity != self._spoken.identity,
        )

    @property
    def _has_new_state(self) -> bool:
        recorder = self._recorder
        return recorder.ending is None and self._speaking.custom_state != recorder.custom_state

    def was_lost(self) -> None:
        """Take note that somebody else has stored an end of the run, which goes on."""
        if self._spoken is not None:
            self._spoken = self._spoken._replace(ending=Ending(0, 0.0, states.LOST, None))

    def stored(self, change: LogChange) -> bool:
        """Take note that a change is stored.

        Args:
            change: what was collected last.

        Returns:
            True if something came in meanwhile that waits for the next flush.
        """
        if change.run is None:
            return False
        self._spoken = self._speaking
        for row in change.run.steps:
            self._steps.pop(row.number)[0].stored_n = row.n
        self._replaceable.update(
            (row.replace, (row.n,)) for row in change.run.messages if row.replace is not None
        )
        del self._lines[: len(change.run.messages)]
        self.held = sum(map(cost_of, self._lines))
        return bool(self.steps or self._steps or self._later or self._lines) or self._has_new_state
