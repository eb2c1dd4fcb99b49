"""What the tables hold of a task, for tests to compare."""

from typing import Any

from celery import uuid
from celery.result import AsyncResult
from celery.worker import state

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.writing.channels import flush
from project.celery import app
from tests.waiting import wait_until


def log_of(task: AsyncResult | str) -> TaskLog:
    """Return the record as it is stored now."""
    flush()
    return TaskLog.objects.get(task_uuid=str(task))


def is_recorded(task: AsyncResult | str) -> bool:
    flush()
    return TaskLog.objects.filter(task_uuid=str(task)).exists()


def finished(task: AsyncResult | str, seconds: float = 60) -> TaskLog:
    """Wait for the end of a task, and return its record."""
    return reached(task, *states.TERMINAL, seconds=seconds)


def reached(task: AsyncResult | str, *wanted: str, seconds: float = 60) -> TaskLog:
    """Wait for a state of a task, and return its record."""
    # A worker in a thread may have ended the task before its sender's own word is stored.
    flush()

    def there() -> TaskLog | None:
        return TaskLog.objects.filter(task_uuid=str(task), state__in=wanted).first()

    return wait_until(there, seconds, f"the task to be {' or '.join(sorted(wanted))}")  # type: ignore[return-value]


def revoked_id() -> str:
    """Return an id that the worker in a thread of this process has been told to revoke."""
    task_id = uuid()
    app.control.revoke(task_id)
    wait_until(lambda: task_id in state.revoked, what="the worker to hear of it")
    return task_id


def attempts_of(task: AsyncResult | str) -> list[Attempt]:
    flush()
    return list(Attempt.objects.filter(task_log__task_uuid=str(task)).order_by("number"))


def attempt_states(task: AsyncResult | str) -> list[str]:
    return [attempt.state for attempt in attempts_of(task)]


def steps_of(task: AsyncResult | str) -> list[tuple[int, str, str]]:
    """Return (attempt, name, state) of each step, in order."""
    flush()
    rows = Step.objects.filter(task_log__task_uuid=str(task)).order_by("attempt__number", "number")
    return list(rows.values_list("attempt__number", "name", "state"))


def lines_of(task: AsyncResult | str) -> list[str]:
    flush()
    rows = Message.objects.filter(task_log__task_uuid=str(task)).order_by("seq")
    return list(rows.values_list("text", flat=True))


def tags_of(task: AsyncResult | str) -> list[str]:
    return sorted(log_of(task).tags.values_list("tag", flat=True))


def failure_of(attempt: Attempt) -> dict[str, Any]:
    assert attempt.failure is not None
    return attempt.failure
