"""The run that an updater records: one that goes on in this process, or one that begins at its first use."""

import os
import uuid
from dataclasses import dataclass
from threading import RLock
from typing import Final

from progress_updater.recording import registry
from progress_updater.recording.changes import Identity
from progress_updater.recording.context import current_position, task_context
from progress_updater.recording.echo import Echo
from progress_updater.recording.guard import guard
from progress_updater.recording.nothing import NOTHING
from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.runs import begin

UNNAMED: Final = "task"

_starting = RLock()


def _renew_lock() -> None:
    global _starting  # noqa: PLW0603 - another thread of the parent process may have held it
    _starting = RLock()


os.register_at_fork(after_in_child=_renew_lock)


@dataclass(frozen=True, kw_only=True)
class Label:
    """What an author says of a task; what is left out stays as it is."""

    name: str | None
    owner: str | None
    about: str | None
    tags: tuple[str, ...]

    def put_on(self, known: Identity) -> Identity:
        """Add it to what is known of the task."""
        return known._replace(
            task_name=known.task_name if self.name is None else self.name,
            owner=self.owner or known.owner,
            about=self.about or known.about,
            tags=tuple(dict.fromkeys((*known.tags, *self.tags))),
        )


class JoinedRun:
    """Join the run of a task, or begin one.

    Args:
        task_uuid: the task's id; None for that of the running task, and outside of one a new UUID4.
        label: what is put on the run.
        verbose: whether the classic text is printed as it happens.

    Attributes:
        run: None until it is joined or begun.
    """

    def __init__(self, task_uuid: str | None, label: Label, *, verbose: bool) -> None:
        self._task_uuid = task_uuid
        self._label = label
        self._verbose = verbose
        self.run = self._join()

    @property
    def task_uuid(self) -> str:
        """The id under which the task is stored."""
        if self.run is not None and self.run.task_uuid:
            return self.run.task_uuid
        if self._task_uuid is None:
            self._task_uuid = str(uuid.uuid4())
        return self._task_uuid

    def recorder(self) -> Recorder:
        """Return the recorder of the run, which begins if it has to."""
        return self.run or self._started()

    def position(self) -> StepRecord:
        """Return the step of the run that is current here, or the run's root."""
        run, here = self.recorder(), current_position()
        return here if here is not None and here.recorder is run else run.root

    @guard.wrap("join the running task", None)
    def _join(self) -> Recorder | None:
        here = current_position()
        if here is not None and self._task_uuid in {None, here.recorder.task_uuid}:
            run: Recorder | None = here.recorder
        else:
            run = None if self._task_uuid is None else registry.of_task(self._task_uuid)
        if run is not None:
            run.relabel(self._label.put_on(run.identity))
            self._echo(run)
        return run

    def _started(self) -> Recorder:
        # Threads that use an updater, or an id, for the first time at once have to find the same run.
        with _starting:
            if self.run is None:
                self.run = self._join() or self._begin()
            return self.run

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
        run = begin(self.task_uuid, self._label.put_on(known))
        self._echo(run)
        return run

    def _echo(self, run: Recorder) -> None:
        if self._verbose and run.echo is None:
            run.echo = Echo(run.identity.task_name)
