"""The tree of a run's steps: their numbers, their limits, and what is planned."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from progress_updater import states
from progress_updater.recording.step import Ending, StepRecord

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
        open: the steps that are open, by number, in the order in which they were entered.
        crowded: kept steps some of whose child steps were not kept; the writer takes them out.
    """

    def __init__(self, recorder: Recorder, branch: int, max_steps: int) -> None:
        self.open: dict[int, StepRecord] = {}
        self.crowded: dict[int | None, StepRecord] = {}
        self._recorder = recorder
        self._next_number: Callable[[], int] = count(branch * STEPS_A_BRANCH + 1).__next__
        self._last_number = branch * STEPS_A_BRANCH + max_steps

    def begun(self, parent: StepRecord, name: str) -> StepRecord:
        """Return the planned child step of that name, or a new one."""
        waiting = parent.planned.get(name)
        return waiting.pop(0) if waiting else self._added(parent, name)

    def planned(self, parent: StepRecord, name: str) -> StepRecord:
        """Add a child step that is still to come."""
        step = self._added(parent, name)
        if step.kept:
            parent.planned.setdefault(name, []).append(step)
        return step

    def _added(self, parent: StepRecord, name: str) -> StepRecord:
        number = self._next_number()
        parent.children += 1
        if number <= self._last_number and parent.depth < DEEPEST and parent.kept:
            return StepRecord(self._recorder, parent, number, name)
        step = StepRecord(self._recorder, parent, parent.number, name)
        step.kept = False
        self._count_unkept(parent)
        return step

    def _count_unkept(self, keeper: StepRecord) -> None:
        while not keeper.kept and keeper.parent is not None:
            keeper = keeper.parent
        keeper.unkept += 1
        self.crowded[keeper.number] = keeper

    def skipped(self, parent: StepRecord) -> list[StepRecord]:
        """End the planned child steps that never began, and list them."""
        left = [step for waiting in parent.planned.values() for step in waiting]
        parent.planned.clear()
        for step in left:
            step.ending = Ending(self._recorder.next_number(), 0.0, states.IGNORED, None)
        return left
