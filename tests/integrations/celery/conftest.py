"""Celery for real, inside this process: a solo worker in a thread, and the tables behind it."""

from collections.abc import Iterator
from typing import Any

import pytest

from progress_updater.recording.guard import guard
from project.celery import app
from tests.integrations.celery.tasks import QUEUE
from tests.worker_thread import worker_thread

app.conf.update(broker_transport_options={"polling_interval": 0.01})


@pytest.fixture(autouse=True)
def stored(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Store records in the tables, where a test uses them, and let no internal error pass unseen."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db")
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}
    failures = guard.failures
    yield
    assert guard.failures == failures


@pytest.fixture(scope="module")
def worker(django_db_blocker: Any) -> Iterator[None]:
    """Run a worker beside the test."""
    with worker_thread(app, QUEUE, django_db_blocker):
        yield


@pytest.fixture
def eager() -> Iterator[None]:
    """Run tasks in the caller's thread, as many test suites do."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def record_setting(settings: Any) -> Any:
    """Set what PROGRESS_UPDATER says besides the sink."""

    def change(**values: Any) -> None:
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **values}

    return change
