"""notify() against logging.info() to a QueueHandler, the usual way to log without waiting for a file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler
from queue import SimpleQueue
from typing import Any

from progress_updater import notify
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

LOGGING = "logging.info() to a QueueHandler"


def compare(size: Size) -> list[Row]:
    """Return the row; nobody takes from the queue meanwhile, in the peer's favour."""
    cost = costs(
        [
            Contender(name="notify()", run=_notify, calls=size.calls, around=recorded_task),
            Contender(name=LOGGING, run=_log, calls=size.calls, around=_queue),
        ],
        size.rounds,
    )
    return [cheaper("notify()", LOGGING, cost["notify()"], cost[LOGGING], at_most=0.15)]


def _notify(calls: int) -> None:
    for _ in range(calls):
        notify("Some notification related to the task")


def _log(calls: int) -> None:
    for _ in range(calls):
        logging.info("Some notification related to the task")  # noqa: LOG015 - the fewest steps to the handler


@contextmanager
def _queue() -> Iterator[None]:
    root = logging.getLogger()
    queue: SimpleQueue[Any] = SimpleQueue()
    before = root.handlers[:], root.level
    root.handlers[:] = [QueueHandler(queue)]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:], root.level = before
        root.setLevel(before[1])
