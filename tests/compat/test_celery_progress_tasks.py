"""A task as its authors wrote it for celery-progress, unchanged, from its code to the answer."""

import json
from typing import Any

import pytest
from celery import Task
from celery_progress.backend import KnownResult, Progress, ProgressRecorder
from django.urls import reverse

from progress_updater.writing.channels import flush
from project.celery import app

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.urls("tests.compat.project_urls"),
]


@app.task(bind=True, name="tests.compat.import_orders")
def import_orders(self: Task, reader: Any, calls: list[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Return our answer and theirs after each call."""
    recorder = ProgressRecorder(self)
    address = reverse("celery_progress:task_status", args=[self.request.id])
    answers = []
    for call in calls:
        state, meta = recorder.set_progress(*call)
        flush()
        theirs = Progress(KnownResult(self.request.id, meta, state)).get_info()
        answers.append((reader.get(address).content.decode(), json.dumps(theirs)))
    return answers


@pytest.fixture(autouse=True)
def stored(settings):
    """Store records in the tables."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}


@pytest.mark.parametrize(
    "calls",
    [
        [(0, 3), (1, 3, "Reading"), (2, 3, "Reading"), (3, 3)],
        [(1, 7, "é"), (2, 7, "<b>"), (6.5, 7, "x" * 300)],
        [(5, 0, "Nobody knows how many"), (6, 0)],
    ],
)
def test_each_call_of_its_recorder_is_answered_byte_for_byte(reader, calls):
    answers = import_orders.apply(args=[reader, calls], throw=True).get()
    assert len(answers) == len(calls)
    for ours, theirs in answers:
        assert ours == theirs
