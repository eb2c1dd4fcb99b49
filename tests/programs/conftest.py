"""Run a program as Celery runs it, and read its record as the API shows it."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from progress_updater import snapshot
from progress_updater.models import Attempt, TaskLog
from progress_updater.policy import Audience
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush


@dataclass
class Ran:
    """What came of a program."""

    result: Any
    """Celery's result, or what a plain function returned."""

    record: dict[str, Any]
    """The answer of the API."""

    @property
    def outline(self) -> list[str]:
        """The steps as "2.1 Name: STATE", each behind the one around it."""
        steps = sorted(self.record["steps"], key=lambda step: [int(part) for part in step["path"].split(".")])
        return [f"{step['path']} {step['name']}: {step['state']}" for step in steps]

    @property
    def texts(self) -> list[str]:
        """The lines."""
        return [message["text"] for message in self.record["messages"]]

    @property
    def place(self) -> str | None:
        """Where in a loop it failed."""
        attempt = Attempt.objects.get(
            task_log__task_uuid=self.record["task_uuid"], number=self.record["attempt"]
        )
        assert attempt.failure is not None
        return attempt.failure["where"]

    def step(self, name: str) -> dict[str, Any]:
        """Find the one step of that name."""
        (found,) = [step for step in self.record["steps"] if step["name"] == name]
        return found


def read_record(task_uuid: str) -> dict[str, Any]:
    """Return the record of a task as a reader of details sees it."""
    assert flush(60)
    return snapshot.detail(TaskLog.objects.get(task_uuid=task_uuid), Audience.DETAILS)


@pytest.fixture(autouse=True)
def stored(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store records as in production, and let errors of our own fail the test."""
    monkeypatch.setattr(guard, "loud", True)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}


@pytest.fixture(autouse=True)
def no_failures() -> Iterator[None]:
    """See errors of our own in the writer's thread too."""
    failures = guard.failures
    yield
    assert guard.failures == failures


@pytest.fixture
def read() -> Callable[[str], dict[str, Any]]:
    """Return the function that reads a record."""
    return read_record


@pytest.fixture
def run() -> Callable[..., Ran]:
    """Return a function that runs a task, and waits until its record is stored."""

    def run(task: Any, *args: Any, **kwargs: Any) -> Ran:
        task_id = str(uuid.uuid4())
        result = task.apply(args, kwargs, task_id=task_id)
        return Ran(result, read_record(task_id))

    return run
