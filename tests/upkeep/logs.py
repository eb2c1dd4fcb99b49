"""Logs that ended days ago, with a row in each table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.writing.sql import deletion
from tests.rows import ALog, a_log

OF_A_LOG = (TaskLog, Attempt, Step, Message, TaskTag)


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def an_ended_log(days: float, state: str = states.SUCCESS, name: str = "TEST", **columns: Any) -> ALog:
    """Make a log that ended so many days ago."""
    log = a_log(name, tags=("tag",), created=days_ago(days), **columns)
    step = log.open("Step")
    log.say("said", step)
    log.close(step)
    return log.finish(state)


def a_waiting_log(days: float, state: str = states.PENDING, **columns: Any) -> ALog:
    """Make a log in which nothing has changed for so many days."""
    log = a_log(created=days_ago(days), started=False)
    log.set(**{"state": state, "updated": days_ago(days), **columns})
    return log


def rows() -> list[int]:
    """Count the rows of each table."""
    return [model.objects.count() for model in OF_A_LOG]


def left() -> set[str]:
    """Return the ids of the tasks whose logs are there."""
    return set(TaskLog.objects.values_list("task_uuid", flat=True))


@contextmanager
def small_batches(monkeypatch: pytest.MonkeyPatch, rows: int) -> Iterator[None]:
    """Delete only so many rows in a transaction."""
    with monkeypatch.context() as patch:
        patch.setattr(deletion, "ROWS", rows)
        yield
