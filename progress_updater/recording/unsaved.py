"""What a run has not stored yet, until the writer has brought it to the sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from progress_updater import states
from progress_updater.recording.changes import LogChange, RunChange
from progress_updater.recording.lines import GAP, Line, cost_of, steps_gap_line
from progress_updater.recording.rows import attempt_row, message_row, step_row, task_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from progress_updater.recording.changes import Identity
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.step import StepRecord


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
        self.steps: dict[int, StepRecord] = {}
        self.counting: dict[int | None, StepRecord] = {}
        self.held = 0
        self.message: str | None = None
        self.steps_done = 0
        self.steps_failed = 0
        self._recorder = recorder
        self._crowded = crowded
        self._steps: dict[int, StepRecord] = {}
        self._lines: list[Line] = []
        self._replaceable: dict[str, int] = {}
        self._stored_identity: Identity | None = None
        self._stored_log_n = 0
        self._stored_state: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether nothing of the run is stored yet."""
        return self._stored_state is None

    def beginning(self) -> LogChange:
        """Say that the run has begun, and nothing else.

        It is shown at once; what a quick task does meanwhile follows with its end, in one flush.

        Returns:
            The change.
        """
        return self._change({self._recorder.log_n: 1})

    def collect(self, lines: Iterable[Line], now: float) -> LogChange | None:
        """Turn all that is new into one change.

        Args:
            lines: lines said since the last call.
            now: the monotonic clock.

        Returns:
            All that is not stored, None where there is nothing.
        """
        self._take_lines(lines)
        self._take_steps()
        self._sample_counts(now)
        counted = self._sample_task(now)
        events = self._events()
        if counted and not events:
            self._recorder.log_n = self._recorder.next_number()
            events = self._events()
        return self._change(events) if events else None

    def _take_lines(self, lines: Iterable[Line]) -> None:
        for line in [*lines, *self._crowded_lines()]:
            if line.replace is not None:
                self._lines = [kept for kept in self._lines if kept.replace != line.replace]
            self._lines.append(line)
            self.held += cost_of(line)
            if line.public and line.source != GAP:
                self.message = line.text

    def _crowded_lines(self) -> Iterable[Line]:
        while self._crowded:
            number, step = self._crowded.popitem()
            yield steps_gap_line(self._recorder.next_number(), number, step.unkept)

    def _take_steps(self) -> None:
        while self.steps:
            number, step = self.steps.popitem()
            self._steps[number] = step
            if step.ending is not None and step.began is not None and not step.tallied:
                self._tally(step, step.ending.state)

    def _tally(self, step: StepRecord, state: str) -> None:
        step.tallied = True
        self.steps_done += 1
        self.steps_failed += state == states.FAILURE
        if step.parent is not None:
            step.parent.children_done += 1

    def _sample_counts(self, now: float) -> None:
        for number, step in list(self.counting.items()):
            ended = step.ending is not None
            if step.from_steps:
                step.count_steps()
            if number is not None and step.sample(now, began=step.began or now):
                self._steps[number] = step
            if ended:
                self.counting.pop(number, None)

    def _sample_task(self, now: float) -> bool:
        root = self._recorder.root
        if not root.counting and root.children:
            root.current, root.unit = self.steps_done, "steps"
        return root.sample(now, began=self._recorder.started)

    def _events(self) -> dict[int, int]:
        numbers = {line.n for line in self._lines}
        for step in self._steps.values():
            numbers.update(self._numbers_of(step))
        if self._recorder.log_n != self._stored_log_n:
            numbers.add(self._recorder.log_n)
        return {n: event for event, n in enumerate(sorted(numbers), 1)}

    def _numbers_of(self, step: StepRecord) -> set[int]:
        step.n = max(step.n, 0 if step.ending is None else step.ending.n)
        # A count takes its number when it is sampled; an ending may have taken a lower one just before.
        if step.n <= step.stored_n:
            step.n = self._recorder.next_number()
        return {step.n, step.opened_n} if step.stored_n < step.opened_n else {step.n}

    def _change(self, events: dict[int, int]) -> LogChange:
        recorder = self._recorder
        state = states.STARTED if recorder.ending is None else recorder.ending.state
        run = RunChange(
            run=recorder.run,
            is_new=self.is_new,
            task=task_row(recorder, self, state, events) if recorder.leads else None,
            attempt=attempt_row(recorder, state),
            attempt_changed=state != self._stored_state,
            steps=[step_row(step, recorder.time_of, events) for step in self._steps.values()],
            messages=[message_row(line, recorder.time_of, events, self._replaceable) for line in self._lines],
        )
        return LogChange(
            task_uuid=recorder.task_uuid,
            identity=recorder.identity,
            events=len(events),
            run=run,
            new_identity=recorder.identity is not self._stored_identity,
            log_n=recorder.log_n,
        )

    def stored(self, change: LogChange) -> bool:
        """Take note that a change is stored.

        Args:
            change: what was collected last.

        Returns:
            True if something came in meanwhile that waits for the next flush.
        """
        if change.run is None:
            return False
        self._stored_log_n = change.log_n
        self._stored_identity = change.identity
        self._stored_state = change.run.attempt.state
        for row in change.run.steps:
            self._steps.pop(row.number).stored_n = row.n
        self._replaceable.update(
            (row.replace, row.n) for row in change.run.messages if row.replace is not None
        )
        del self._lines[: len(change.run.messages)]
        self.held = sum(map(cost_of, self._lines))
        return bool(self.steps or self._steps or self._lines)
