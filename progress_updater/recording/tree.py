"""The tree of a run's steps: their numbers, their limits, and what is planned."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from progress_updater.recording.step import StepRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from progress_updater.recording.recorder import Recorder

DEEPEST: Final = 100  # levels
STEPS_A_BRANCH: Final = 2**20


class Tree:
    """Add steps to a run.

    Args:
        recorder: the run.
        branch: which numbers to give: 0 in the process where the run began.
        max_steps: steps kept.

    Attributes:
        crowded: kept steps some of whose child steps were not kept; the writer takes them out.
    """

    def __init__(self, recorder: Recorder, branch: int, max_steps: int) -> None:
        self.crowded: dict[int | None, StepRecord] = {}
        self._open: dict[int, StepRecord] = {}
        self._planned: dict[int, StepRecord] = {}
        self._recorder = recorder
        self._first_number = branch * STEPS_A_BRANCH + 1
        self._last_number = branch * STEPS_A_BRANCH + max_steps
        self._next_number: Callable[[], int] = count(self._first_number).__next__

    def begun(self, parent: StepRecord, name: str) -> StepRecord:
        """Return the planned child step of that name, or a new one."""
        waiting = parent.planned.get(name)
        return waiting.pop(0) if waiting and self.keeps(waiting[0]) else self._added(parent, name)

    def planned(self, parent: StepRecord, name: str) -> StepRecord:
        """Add a child step that is still to come."""
        step = self._added(parent, name)
        if step.kept and step.number is not None:
            self._planned[step.number] = step
            parent.planned.setdefault(name, []).append(step)
        return step

    def opened(self, step: StepRecord) -> None:
        """Take up a step that has begun."""
        if step.kept and step.number is not None:
            self._open[step.number] = step
            if self._planned:
                self._planned.pop(step.number, None)

    def closed(self, step: StepRecord) -> None:
        """Let go of a step that has ended."""
        if step.kept and step.number is not None:
            self._open.pop(step.number, None)
            if self._planned:
                self._planned.pop(step.number, None)

    def has_open(self, step: StepRecord) -> bool:
        """Tell whether a step was opened and not closed."""
        return step.kept and step.number in self._open

    def open_steps(self) -> list[StepRecord]:
        """List the kept steps that are open, in the order in which they were entered."""
        return list(self._open.values())

    def planned_steps(self) -> list[StepRecord]:
        """List the planned steps that have not begun."""
        return list(self._planned.values())

    def _added(self, parent: StepRecord, name: str) -> StepRecord:
        number = self._next_number()
        parent.children += 1
        if number <= self._last_number and parent.depth < DEEPEST and parent.kept:
            return StepRecord(self._recorder, parent, number, name)
        step = StepRecord(self._recorder, parent, parent.number, name)
        step.kept = False
        step.keeper = parent.keeper
        self._count_unkept(step.keeper)
        return step

    def _count_unkept(self, keeper: StepRecord) -> None:
        keeper.unkept += 1
        self.crowded[keeper.number] = keeper

    def keeps(self, step: StepRecord) -> bool:
        """Tell whether this branch stores a step: one that is kept, and was added here."""
        return step.kept and self._first_number <= (step.number or 0) <= self._last_number

    def skipped(self, parent: StepRecord) -> list[StepRecord]:
        """List the planned child steps that never began."""
        return [step for waiting in parent.planned.values() for step in waiting]
