"""The null object: calls work, nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from progress_updater import states
from progress_updater.recording.changes import Identity
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import Ending, StepRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from progress_updater.recording.changes import LogChange
    from progress_updater.recording.failure import Failure


class NullRecorder(Recorder):
    """Stand in for the run of a task that is not recorded, and for code outside any task.

    Args:
        task_uuid: the id of the task, empty outside.
        in_celery: whether Celery runs it.
    """

    __slots__ = ()

    records = False

    def __init__(self, task_uuid: str = "", *, in_celery: bool = False) -> None:
        self.task_uuid = task_uuid
        self.identity = Identity(task_name="")
        self.in_celery = in_celery
        self.ending = None
        self.echo = None
        self.cancel_requested = self.replaced = False
        self.root = StepRecord(self, None, None, "")

    def announce(self) -> None:
        """Do nothing."""

    def introduce(self) -> None:
        """Do nothing."""

    def say(
        self,
        step: StepRecord,
        text: object,
        level: object = "info",
        replace: object = None,
        public: bool = True,
        data: object = None,
        source: str = "",
    ) -> None:
        """Do nothing."""

    def add_step(self, parent: StepRecord, name: object) -> StepRecord:
        """Return a step that nobody keeps."""
        return StepRecord(self, self.root, 0, "")

    def open(self, step: StepRecord, total: object = None, unit: object = None) -> None:
        """Do nothing."""

    def close_step(self, step: StepRecord, exception: BaseException | None) -> None:
        """Mark the step as ended, so that it is current no more."""
        if step is not self.root:
            step.ending = Ending(0, 0.0, states.SUCCESS, None)

    def plan(self, parent: StepRecord, names: Iterable[object]) -> None:
        """Do nothing."""

    def set_progress(self, step: StepRecord, current: object, total: object, unit: object) -> None:
        """Do nothing."""

    def count_on(self, step: StepRecord) -> None:
        """Do nothing."""

    def count_loop(
        self, step: StepRecord, total: object, unit: object, skipped: object, length: int | None
    ) -> None:
        """Do nothing."""

    def set_state(self, custom_state: object) -> None:
        """Do nothing."""

    def relabel(self, identity: Identity) -> None:
        """Do nothing."""

    def suppress(self, exception: BaseException) -> None:
        """Do nothing."""

    def finish(
        self, state: str, exception: BaseException | None = None, failure: Failure | None = None
    ) -> None:
        """Do nothing."""

    @property
    def is_recorded(self) -> bool:
        """False: nothing is kept."""
        return False

    @property
    def has_open_steps(self) -> bool:
        """False: nothing is kept."""
        return False

    def collect(self) -> LogChange | None:
        """Return nothing."""
        return None


NOTHING: Final = NullRecorder().root
"""The position outside any task."""
