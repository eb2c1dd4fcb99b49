"""Tasks that a test calls like functions: Celery tells nobody of them."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final
from uuid import uuid4

from celery.app.task import Task

from progress_updater import states
from progress_updater.integrations.celery.arguments import tell_result
from progress_updater.integrations.celery.calls import call_of
from progress_updater.integrations.celery.identity import HEADER, identity_of
from progress_updater.integrations.celery.selection import Recorded, selection_for
from progress_updater.recording.context import current_position, position, task_context
from progress_updater.recording.nothing import NullRecorder
from progress_updater.recording.passing import state_after
from progress_updater.recording.recorder import Recorder
from progress_updater.runs import begin
from progress_updater.settings import current

_turn: Final = Lock()
_blocks: Final[list[object]] = []
_originals: Final[list[Any]] = []


@contextmanager
def direct_calls_recorded() -> Iterator[None]:
    """Record a task that is called directly, outside of any other, as if a worker had run it.

    Yields:
        Nothing.
    """
    block = object()
    with _turn:
        _blocks.append(block)
        if len(_blocks) == 1:
            _originals.append(Task.__call__)
            Task.__call__ = _recorded(Task.__call__)
    try:
        yield
    finally:
        with _turn:
            _blocks.remove(block)
            if not _blocks:
                Task.__call__ = _originals.pop()


def _recorded(original: Any) -> Any:
    # It keeps the name of Celery's module: by another one Celery would take it for a class of the project's.
    @functools.wraps(original)
    def call(task: Any, *args: Any, **kwargs: Any) -> Any:
        if not task.request.called_directly or current_position() is not None:
            return original(task, *args, **kwargs)
        recorder = _begun(task, args, kwargs)
        position.set(recorder.root)
        try:
            result = original(task, *args, **kwargs)
        except BaseException as exception:
            _end(recorder, exception)
            raise
        tell_result(recorder, result)
        _end(recorder, None)
        return result

    return call


def _begun(task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recorder:
    task_id, selection = str(uuid4()), selection_for(task.name, task)
    if selection is Recorded.NEVER:
        return NullRecorder(task_id, in_celery=True)
    context = task_context.get()
    sent = {"owner": context.owner_key(), "about": context.about, "tags": context.tags}
    call = call_of(args, kwargs, {}, {}, task, current().TEXT_LIMIT)
    fields = {"id": task_id, "root_id": task_id, HEADER: sent}
    identity = identity_of(task.name, fields, queue=None, call=call)
    return begin(task_id, identity, in_celery=True, only_if_used=selection is Recorded.IF_USED)


def _end(recorder: Recorder, exception: BaseException | None) -> None:
    position.set(None)
    state = state_after(exception)
    recorder.finish(state, None if state == states.SUCCESS else exception)
