"""TaskUpdater: the founding form, an object in the author's hands."""

import os
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import replace
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, overload

from progress_updater import states
from progress_updater.contexts import owner_key, subject_key, tag_words
from progress_updater.handles import PassingStep, SuppressingStep
from progress_updater.recording import registry
from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import number, printed, task_key
from progress_updater.recording.context import current_position, leave_inside, position, task_context
from progress_updater.recording.echo import Echo
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.passing import state_after
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.runs import begin
from progress_updater.tracking import tracked

if TYPE_CHECKING:
    from django.db.models import Model

T = TypeVar("T")

UNNAMED: Final = "task"

_starting = RLock()


def _renew_lock() -> None:
    global _starting  # noqa: PLW0603 - another thread of the parent process may have held it
    _starting = RLock()


os.register_at_fork(after_in_child=_renew_lock)


class TaskUpdater:
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
        self._verbose = bool(verbose)
        self._name = None if task_name is None else printed(task_name)
        self._owner, self._tags, self._about = owner_key(owner), tag_words(tags), subject_key(about)
        self._latest: Exception | None = None
        self._outer: list[tuple[StepRecord | None, StepRecord]] = []
        self._task_uuid = None if task_uuid is None else task_key(task_uuid)
        self._run = self._join()

    @guard.wrap("join the running task", None)
    def _join(self) -> Recorder | None:
        here = current_position()
        if here is not None and self._task_uuid in {None, here.recorder.task_uuid}:
            run: Recorder | None = here.recorder
        else:
            run = None if self._task_uuid is None else registry.of_task(self._task_uuid)
        if run is not None:
            run.relabel(self._described(run.identity))
            self._echo(run)
        return run

    def _described(self, known: Identity) -> Identity:
        return replace(
            known,
            task_name=known.task_name if self._name is None else self._name,
            owner=self._owner or known.owner,
            about=self._about or known.about,
            tags=tuple(dict.fromkeys((*known.tags, *self._tags))),
        )

    def _echo(self, run: Recorder) -> None:
        if self._verbose and run.echo is None:
            run.echo = Echo(run.identity.task_name)

    def _recorder(self) -> Recorder:
        return self._run or self._started()

    def _started(self) -> Recorder:
        # Threads that use an updater, or an id, for the first time at once have to find the same run.
        with _starting:
            if self._run is None:
                self._run = self._join() or self._begin()
            return self._run

    @guard.wrap("begin to record a task", NOTHING.recorder)
    def _begin(self) -> Recorder:
        here, sending = current_position(), task_context.get()
        around = None if here is None else here.recorder
        known = Identity(
            task_name=UNNAMED,
            root=None if around is None else around.identity.root or around.task_uuid,
            parent=None if around is None else around.task_uuid,
            owner=sending.owner_key() or (None if around is None else around.identity.owner),
            about=sending.about,
            tags=sending.tags,
        )
        run = begin(self.task_uuid, self._described(known))
        self._echo(run)
        return run

    @property
    def task_uuid(self) -> str:
        """The id under which the task is stored."""
        if self._run is not None and self._run.task_uuid:
            return self._run.task_uuid
        if self._task_uuid is None:
            self._task_uuid = str(uuid.uuid4())
        return self._task_uuid

    def _position(self) -> StepRecord:
        run, here = self._recorder(), current_position()
        return here if here is not None and here.recorder is run else run.root

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

    def step(self, name: object, *, total: object = None, unit: object = None) -> PassingStep:
        """Make a block of code a step; every exception passes.

        Args:
            name: the step's name.
            total: units to do, None where nobody knows.
            unit: what is counted.

        Returns:
            A context manager, and a decorator.
        """
        return PassingStep(name, self._position, total, unit)

    @guard.wrap("record a message", None)
    def notify(
        self,
        text: object,
        *,
        level: str = "info",
        replace: str | None = None,
        public: bool = True,
        data: object = None,
    ) -> None:
        """Say something in the current step of this task.

        Args:
            text: what is said; anything that can be printed.
            level: a level of logging: "debug", "info", "warning", "error".
            replace: a name; a later message of the same name takes the place of this one.
            public: whether the owner of the task may read it.
            data: kept with it as JSON.
        """
        here = self._position()
        here.recorder.say(here, text, level, replace, public, data)

    @guard.wrap("count on a step", None)
    def advance(self, units: float = 1) -> None:
        """Count units that are done in the current step.

        Args:
            units: how many more.
        """
        here = self._position()
        here.recorder.count_on(here)
        here.current += units if type(units) is int else number(units) or 0

    @guard.wrap("set the progress of a task", None)
    def set_progress(self, current: object = None, total: object = None, unit: object = None) -> None:
        """Set how far the current step is, or the task between steps.

        Args:
            current: units done.
            total: units to do.
            unit: what is counted.
        """
        here = self._position()
        here.recorder.set_progress(here, current, total, unit)

    @guard.wrap("set a custom state", None)
    def set_state(self, custom_state: object) -> None:
        """Show a state of your own while the task runs; None takes it back.

        Args:
            custom_state: any text.
        """
        self._recorder().set_state(custom_state)

    @guard.wrap("plan steps", None)
    def plan(self, *names: object) -> None:
        """Announce steps to come in the current step, so that totals are honest from the start.

        Args:
            names: their names, in order.
        """
        here = self._position()
        here.recorder.plan(here, names)

    @overload
    def track(
        self,
        iterable: AsyncIterable[T],
        name: object = ...,
        *,
        total: object = ...,
        unit: object = ...,
        skipped: object = ...,
    ) -> AsyncIterator[T]: ...
    @overload
    def track(
        self,
        iterable: Iterable[T],
        name: object = ...,
        *,
        total: object = ...,
        unit: object = ...,
        skipped: object = ...,
    ) -> Iterator[T]: ...
    def track(
        self,
        iterable: Any,
        name: object = None,
        *,
        total: object = None,
        unit: object = None,
        skipped: object = 0,
    ) -> Any:
        """Count the items of a loop that are done.

        Args:
            iterable: what is looped over, async iterables too.
            name: opens a step; without a name the current step counts.
            total: items to come in all; by default the iterable is asked for its length.
            unit: what the items are.
            skipped: items that were done before; they count, but not as speed.

        Returns:
            An iterator of the same items.
        """
        return tracked(iterable, name, total, unit, skipped, self._position)

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
        run = self._recorder()
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

    def _join(self) -> Recorder | None:
        return NOTHING.recorder
