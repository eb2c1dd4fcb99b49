"""Show what a task tells Celery with update_state(), which sends no signal of its own."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from celery import states as celery_states
from celery.app.task import Task

from progress_updater import states
from progress_updater.integrations.celery.running import Execution, execution_of
from progress_updater.recording.guard import guard
from progress_updater.settings import current

DESCRIPTION: Final = "description"
"""The name under which one description replaces the one before it."""

NOT_CUSTOM: Final = celery_states.ALL_STATES | {celery_states.REJECTED, *states.STATES}


def wrap_update_state() -> None:
    """Wrap Celery's method once; classes that override it reach it through super()."""
    original = Task.update_state
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def update_state(
        self: Any, task_id: Any = None, state: Any = None, meta: Any = None, **kwargs: Any
    ) -> Any:
        result = original(self, task_id, state, meta, **kwargs)
        if current().CAPTURE_STATES:
            _show(self, task_id, state, meta)
        return result

    Task.update_state = update_state


@guard.wrap("show a custom state", None)
def _show(task: Any, task_id: Any, state: Any, meta: Any) -> None:
    here = execution_of(task_id or task.request.id)
    if here is None:
        return
    recorder = here.recorder
    if isinstance(meta, Mapping) and ("current" in meta or "total" in meta):
        # A total of zero is how celery-progress says that nobody knows it.
        total = meta.get("total") or None
        recorder.set_progress(recorder.root, meta.get("current"), total, meta.get("unit"))
        _describe(here, meta.get("description"))
    # Last, for a flush may come between: who sees the state sees the count that was told with it.
    if state is not None and state not in NOT_CUSTOM:
        recorder.set_state(state)


def _describe(here: Execution, description: object) -> None:
    """Record a description that comes with a count, once, however often it is told."""
    if isinstance(description, str) and description != here.description:
        here.description = description
        here.recorder.say(here.recorder.root, description, replace=DESCRIPTION)
