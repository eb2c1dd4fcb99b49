"""Waiting that ends: a hung socket cannot be interrupted, but it can be left alone."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread
from typing import Final, TypeVar

from django.db import connections

T = TypeVar("T")

LOOK_EVERY: Final = 0.05  # seconds


class TooLate(Exception):
    """There was no answer in time."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do something in a thread of its own, and give up waiting after a while.

    Args:
        seconds: how long to wait.
        work: what to do; it may use Django's database connections.

    Returns:
        What it returned.

    Raises:
        TooLate: it had not come to an end.
        Exception: what it raised.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(_closing_connections(work))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True, name="progress_updater doctor").start()
    try:
        return answer.result(seconds)
    except FutureTimeoutError as error:
        if answer.done():
            raise
        raise TooLate from error


def _closing_connections(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connections.close_all()


def until(seconds: float, look: Callable[[], T | None]) -> T | None:
    """Look again and again.

    Args:
        seconds: how long at the most.
        look: returns something once it is there.

    Returns:
        What was found, None when the time was over.
    """
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    return found
