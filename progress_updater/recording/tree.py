"""The tree of a run's steps: their numbers, their limits, and what is planned."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from progress_updater.recording.step import StepRecord

if TYPE_CHECKING:
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
        self._open: dict[int | None, StepRecord] = {}
        self._planned: dict[int | None, StepRecord] = {}
        self._recorder = recorder
        first_number = branch * STEPS_A_BRANCH + 1
        self._last_number = branch * STEPS_A_BRANCH + max_steps
        self._numbers = count(first_number)

    def begun(self, parent: StepRecord, name: str) -> StepRecord:
        """Return the planned child step of that name, or a new one."""
        if parent.planned and (waiting := parent.planned.get(name)) and waiting[0].tree is self:
            return waiting.pop(0)
        return self.added(parent, name)

    def planned(self, parent: StepRecord, name: str) -> StepRecord:
        """Add a child step that is still to come."""
        step = self.added(parent, name)
        if step.tree is self:
            self._planned[step.number] = step
            if parent.planned is None:
                parent.planned = {}
            parent.planned.setdefault(name, []).append(step)
        return step

    def opened(self, step: StepRecord) -> None:
        """Take up a step that has begun."""
        if step.tree is self:
            self._open[step.number] = step
            if self._planned:
                self._planned.pop(step.number, None)

    def closed(self, step: StepRecord) -> None:
        """Let go of a step that has ended."""
        if step.tree is self:
            self._open.pop(step.number, None)
            if self._planned:
                self._planned.pop(step.number, None)

    def has_open(self, step: StepRecord) -> bool:
        """Tell whether a step was opened and not closed."""
        return step.tree is self and step.number in self._open

    def open_steps(self) -> list[StepRecord]:
        """List the kept steps that are open, in the order in which they were entered."""
        return list(self._open.values())

    def planned_steps(self) -> list[StepRecord]:
        """List the planned steps that have not begun."""
        return list(self._planned.values())

    def added(self, parent: StepRecord, name: str) -> StepRecord:
        """Add a step that nobody has planned."""
        number = next(self._numbers)
        parent.children += 1
        if number <= self._last_number and parent.depth < DEEPEST and parent.kept:
            step = StepRecord(self._recorder, parent, number, name)
            step.tree = self
            return step
        self._count_unkept(parent.nearest_kept)
        return parent.unkept_child(name)

    def _count_unkept(self, keeper: StepRecord) -> None:
        keeper.unkept += 1
        self.crowded[keeper.number] = keeper

    def skipped(self, parent: StepRecord) -> list[StepRecord]:
        """List the planned child steps that never began."""
        return [step for waiting in (parent.planned or {}).values() for step in waiting]
