"""Celery for real, inside this process: a solo worker in a thread, and the tables behind it."""

from collections.abc import Iterator
from typing import Any

import pytest

from progress_updater.recording.guard import guard
from project.celery import app
from tests.integrations.celery.tasks import QUEUE, is_last
from tests.waiting import wait_until
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
    if "worker" in request.fixturenames:
        _wait_for_worker()
    assert guard.failures == failures


def _wait_for_worker() -> None:
    """Let the worker do what the test has left, which would be recorded among the tasks of the next one."""
    is_over = False
    while not is_over:
        result = is_last.delay()
        wait_until(result.ready, what="the worker")
        is_over = result.get()


@pytest.fixture(scope="module")
def worker(django_db_blocker: Any) -> Iterator[None]:
    """Run a worker beside the test; what other tests have sent is thrown away."""
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(QUEUE)
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
