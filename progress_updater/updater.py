"""TaskUpdater: the founding form, an object in the author's hands."""

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, overload

from progress_updater import states
from progress_updater.contexts import owner_key, subject_key, tag_words
from progress_updater.handles import PassingStep, StepMaker, SuppressingStep
from progress_updater.joined_run import JoinedRun, Label
from progress_updater.recording.cancelling import stop_if_cancelled
from progress_updater.recording.clean import printed, task_key
from progress_updater.recording.context import current_position, leave_inside, position
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.passing import state_after
from progress_updater.recording.step import StepRecord

if TYPE_CHECKING:
    from django.db.models import Model


class TaskUpdater(StepMaker):
    """Record a task: the Celery task that is running, or one of your own.

    A TaskUpdater for the id of a run that goes on in this process joins it; otherwise it begins a run of its
    own when it is first used.

    Args:
        task_uuid: the task's id, any text up to 255 characters; by default that of the running Celery task,
            outside of one a new UUID4.
        task_name: a label; by default the name of the running Celery task, outside of one "task".
        verbose: 1 prints the classic text as it happens.
        suppress_exception: whether blocks swallow their exceptions, so that later blocks still run.
        owner: whose task it is: a user, or the text of its primary key.
        tags: words to find it by.
        about: the model instance that it works on, or "app.model:pk".
    """

    def __init__(
        self,
        task_uuid: object = None,
        task_name: object = None,
        verbose: int = 0,
        *,
        suppress_exception: bool = True,
        owner: object = None,
        tags: Iterable[str] = (),
        about: "Model | str | None" = None,
    ) -> None:
        self._suppress = suppress_exception
        self._latest: Exception | None = None
        self._outer: list[tuple[StepRecord | None, StepRecord]] = []
        self._joined = JoinedRun(
            None if task_uuid is None else task_key(task_uuid),
            Label(
                name=None if task_name is None else printed(task_name),
                owner=owner_key(owner),
                about=subject_key(about),
                tags=tag_words(tags),
            ),
            verbose=bool(verbose),
        )

    @property
    def task_uuid(self) -> str:
        """The id under which the task is stored."""
        return self._joined.task_uuid

    def _position(self) -> StepRecord:
        return self._joined.position()

    @guard.wrap("look whether the task was cancelled", None)
    def check_cancelled(self) -> None:
        """Stop here if somebody has cancelled this task.

        Raises:
            TaskCancelled: somebody has; let it pass, after cleaning up.
        """
        stop_if_cancelled(self._position().recorder)

    @property
    def latest_exception(self) -> Exception | None:
        """The latest exception that a block of this updater swallowed, None where there is none."""
        return self._latest

    @overload
    def __call__(
        self, task_name: object, *, total: object = ..., unit: object = ..., suppress: Literal[False]
    ) -> PassingStep: ...
    @overload
    def __call__(
        self, task_name: object, *, total: object = ..., unit: object = ..., suppress: Literal[True] | None
    ) -> SuppressingStep: ...
    @overload
    def __call__(
        self, task_name: object, *, total: object = ..., unit: object = ..., suppress: bool | None
    ) -> PassingStep | SuppressingStep: ...
    @overload
    def __call__(self, task_name: object, *, total: object = ..., unit: object = ...) -> SuppressingStep: ...
    def __call__(
        self, task_name: object, *, total: object = None, unit: object = None, suppress: bool | None = None
    ) -> PassingStep | SuppressingStep:
        """Make a block of code a step; an exception of the block is swallowed, and kept.

        Do not `return` a result from inside the block: after an exception there is none.

        Args:
            task_name: the step's name.
            total: units to do, None where nobody knows.
            unit: what is counted.
            suppress: False lets exceptions pass; by default as the updater was made.

        Returns:
            A new context manager each time.
        """
        if self._suppress if suppress is None else suppress:
            return SuppressingStep(task_name, self._position, total, unit, self._keep)
        return PassingStep(task_name, self._position, total, unit)

    def _keep(self, step: StepRecord, exception: Exception) -> None:
        self._latest = exception
        self._note(step, exception)

    @guard.wrap("record a swallowed exception", None)
    def _note(self, step: StepRecord, exception: Exception) -> None:
        step.recorder.suppress(exception)

    @guard.wrap("set a custom state", None)
    def set_state(self, custom_state: object) -> None:
        """Show a state of your own while the task runs; None takes it back.

        Args:
            custom_state: any text.
        """
        self._joined.recorder().set_state(custom_state)

    def raise_latest_exception(self) -> None:
        """Raise the latest swallowed exception, with its traceback; end the record as `finish` does.

        Raises:
            Exception: the original object; nothing is raised where nothing was swallowed.
        """
        self.finish()
        if self._latest is not None:
            raise self._latest

    @guard.wrap("end the record of a task", None)
    def finish(self) -> None:
        """End the record, unless a step is open or Celery runs the task: then it ends by itself."""
        self._end(None)

    def insert_final_update(self) -> None:
        """End the record: the founding name of `finish`."""
        self.finish()

    def __enter__(self) -> Self:
        self._enter()
        return self

    @guard.wrap("enter a task", None)
    def _enter(self) -> None:
        outer, here = current_position(), self._position()
        self._outer.append((outer, here))
        if here.recorder.records:
            position.set(here)

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(exception)

    @guard.wrap("end the record of a task", None)
    def _leave(self, exception: BaseException | None) -> None:
        if not self._outer:
            return
        outer, here = self._outer.pop()
        try:
            leave_inside(here, exception)
        finally:
            if here.recorder.records:
                position.set(outer)
        self._end(exception)

    def _end(self, exception: BaseException | None) -> None:
        run = self._joined.recorder()
        if not run.in_celery and not run.has_open_steps:
            state = state_after(exception)
            run.finish(state, exception if state == states.FAILURE else None)

    def __bool__(self) -> bool:
        return True


def current_updater() -> TaskUpdater:
    """Return an updater of the running task.

    Returns:
        One that has joined the task; outside any task one whose calls do nothing.
    """
    here = current_position()
    return _NoUpdater() if here is None else TaskUpdater()


class _NoUpdater(TaskUpdater):
    """Do nothing, outside any task."""

    def __init__(self) -> None:
        super().__init__()
        self._joined.run = NOTHING.recorder
