"""One step of a run, as the recorder keeps it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from progress_updater.recording.count import Count, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from weakref import ref

    from progress_updater.recording.failure import Failure
    from progress_updater.recording.recorder import Recorder
    from progress_updater.recording.tree import Tree


class Ending(NamedTuple):
    """How a step, or a run, ended. Set in one assignment, so that a reader never sees half of it."""

    n: int
    at: float
    """The monotonic clock, in seconds."""
    state: str
    failure: Failure | None


new_ending: Final[Callable[[tuple[int, float, str, Failure | None]], Ending]] = partial(tuple.__new__, Ending)
"""Makes one from its values, in half the time."""


class StepRecord(Count):
    """A named block of code while it runs; the record of the run itself is the step without a number.

    Attributes:
        recorder: the recorder of the run.
        number: its identity in the run; None for the run itself. A step that is not kept carries the number
            of the kept step around it.
        kept: False beyond MAX_STEPS, and too deep inside others: its lines go to the step around it.
        tree: the branch of the run that stores it; None for the run itself, and beyond MAX_STEPS.
        began: the monotonic clock when it was entered, None while it is only planned.
        n: the number of its latest change.
        opened_n: the number of the change by which it appeared.
        previous: where its context returns to when the block is left.
        closed_early: set by an abandoned loop; what happens next in the block around it decides.
        loop: refers to the asynchronous loop that the step stands for; it is dead once the loop is abandoned.
        keeper: the innermost kept step around one that is not kept.
        early: child steps that wait for that decision.
        planned: announced child steps that have not begun, by name.
        children: child steps so far, announced ones too; children_done: how many of them have ended.
        unkept: child steps that were not kept.
        counting: whether its count is sampled.
        stored_n: the number of its latest change that is stored.
        tallied: whether the writer has counted it as done.
    """

    tree: Tree | None = None
    keeper: StepRecord | None = None
    began: float | None = None
    n = opened_n = stored_n = 0
    previous: StepRecord | None = None
    tallied = False
    children = children_done = unkept = 0

    def __init__(self, recorder: Recorder, parent: StepRecord | None, number: int | None, name: str) -> None:
        self.recorder = recorder
        self.parent = parent
        self.number = number
        self.name = name
        self.depth: int = 0 if parent is None else parent.depth + 1
        # What every step is asked for is set in it: Python finds that sooner than what only the class has.
        self.kept = True
        self.ending: Ending | None = None
        self.closed_early = self.counting = False
        self.loop: ref[object] | None = None
        self.early: tuple[StepRecord, ...] = ()
        self.planned: dict[str, list[StepRecord]] | None = None

    def unkept_child(self, name: str) -> StepRecord:
        """Make a child step that is not kept: its lines go to the kept step around it.

        Args:
            name: the step's name.
        """
        child = StepRecord(self.recorder, self, self.number, name)
        child.kept = False
        child.keeper = self.nearest_kept
        return child

    @property
    def nearest_kept(self) -> StepRecord:
        """The innermost kept step around it, itself where it is kept."""
        return self.keeper or self

    @property
    def is_over(self) -> bool:
        """Whether its block, or its loop, has been left."""
        return self.closed_early or self.ending is not None or (self.loop is not None and self.loop() is None)

    def reading(self) -> Reading:
        """Read its own count, or that of its child steps."""
        return (self.children_done, self.children, "steps") if self.from_steps else super().reading()

    def place_in_loop(self) -> str | None:
        """Say at which item a counted loop is, None where it does not count towards a total."""
        self.keep_finite()
        if not self.counting or self.from_steps or self.total is None or self.current >= self.total:
            return None
        place, total = f"{self.current + 1:,.0f}", f"{self.total:,.0f}"
        return f"at item {place} of {total}" if self.unit is None else f"at {place} of {total} {self.unit}"
