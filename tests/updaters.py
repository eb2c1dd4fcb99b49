"""Fixtures of tests that call what an author calls: a task that goes on, and what it has recorded."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from progress_updater import TaskUpdater
from progress_updater.recording.guard import guard
from tests.stored import Stored, stored

Record = Callable[[], Stored]


@pytest.fixture
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let errors of our own fail the test."""
    monkeypatch.setattr(guard, "loud", True)


@pytest.fixture
def new_id() -> str:
    """The id of a task that nobody knows."""
    return str(uuid.uuid4())


@pytest.fixture
def updater() -> Iterator[TaskUpdater]:
    """An updater of a task outside Celery, which goes on during the test."""
    with TaskUpdater(task_name="TEST") as updater:
        yield updater


@pytest.fixture
def record(updater: TaskUpdater) -> Record:
    """Give what the task has recorded so far."""
    return lambda: stored(updater.task_uuid)
