"""A Celery worker in a thread of the tests' process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.contrib.testing.worker import start_worker

STOPS_WITHIN = 60  # seconds


@contextmanager
def worker_thread(app: Celery, queue: str, blocker: Any) -> Iterator[None]:
    """Run a worker that takes from one queue, for the broker in memory holds messages of other tests.

    Args:
        app: the Celery app.
        queue: its name.
        blocker: pytest-django's; a worker that starts runs Django's checks, which look at the database.
    """
    loggers = [logging.getLogger(name) for name in (None, "celery", "celery.task")]
    levels = [each.level for each in loggers]
    try:
        with blocker.unblock():
            options = {"perform_ping_check": False, "loglevel": "critical", "shutdown_timeout": STOPS_WITHIN}
            worker = start_worker(app, queues=[queue], **options)
            worker.__enter__()
        yield
        app.control.shutdown()
        worker.__exit__(None, None, None)
    finally:
        # The worker sets the level of all logging.
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
