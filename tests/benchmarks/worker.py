"""The Celery app of the workers that are measured, and of who sends to them."""

import os
import resource
import time
from collections.abc import Callable
from typing import Any

import redis
from celery import Celery
from django.apps import apps
from django.conf import settings

PREFIX = os.environ.get("BENCHMARK_PREFIX", "benchmark")
"""All keys in Redis begin with it."""

STAMPS = f"{PREFIX}:stamps"
"""A list in Redis: what the tasks of this file tell the one who measures."""

app = Celery("benchmark", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    result_backend=os.environ.get("BENCHMARK_RESULTS") or None,
    broker_transport_options={"global_keyprefix": PREFIX},
    broker_connection_retry_on_startup=True,
    task_default_queue=f"{PREFIX}-quiet",
)


def client() -> Any:
    """Return a connection to Redis."""
    return redis.Redis.from_url(settings.CELERY_BROKER_URL)


@app.task
def nothing() -> None:
    """Do nothing."""


@app.task
def stamp() -> None:
    """Tell the time."""
    client().rpush(STAMPS, time.time())


@app.task
def takes_an_order(order: int, path: str = "") -> None:
    """Do nothing with what it is given."""


@app.task
def says_much(lines: int) -> None:
    """Say lines, if the app is there, and tell the highest memory use of this process, in KiB."""
    say = _say()
    for number in range(lines):
        say(f"Some notification related to the task {number}")
    client().rpush(STAMPS, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _say() -> Callable[[str], None]:
    if not apps.is_installed("progress_updater"):
        return lambda text: None
    from progress_updater import notify

    return notify
