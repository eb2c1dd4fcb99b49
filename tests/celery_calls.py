"""A Celery task that runs what a test wants."""

from collections.abc import Callable
from typing import Any

from celery import shared_task


@shared_task(name="tests.updater.call")
def call(function: Callable[[], Any]) -> Any:
    """Run a function as a Celery task."""
    return function()


def run_in_task(function: Callable[[], Any], task_id: str) -> Any:
    return call.apply((function,), task_id=task_id)
