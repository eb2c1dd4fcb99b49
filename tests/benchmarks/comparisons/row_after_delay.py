"""How soon after .delay() another connection sees the row: after a single call, and during a burst."""

import os
import time
from bisect import bisect_left
from statistics import median
from threading import Event, Thread
from typing import Self

import psycopg
from django.db import connection

from progress_updater.models import TaskLog
from tests.benchmarks.comparisons.delay import OURS, QUIET, SETUPS
from tests.benchmarks.row import Row, Wanted, plain
from tests.benchmarks.senders import Sender, running_senders
from tests.benchmarks.sizes import Size

PROMISED = 50.0
"""Milliseconds."""
LOOK_EVERY = 0.002  # seconds
SEEN_WITHIN = 30  # seconds


class Observer:
    """Count the rows again and again, on a connection of its own, in a thread of its own."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.counts: list[int] = []
        self._end = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def seen(self, number: int) -> float:
        """Wait for so many rows, and tell when they were first seen, in seconds since the epoch."""
        end = time.monotonic() + SEEN_WITHIN
        while (not self.counts or self.counts[-1] < number) and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
        return self.moments[bisect_left(self.counts, number)]

    def _look(self) -> None:
        counting = f"SELECT count(*) FROM {TaskLog._meta.db_table}"
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as observing:
            while not self._end.wait(LOOK_EVERY):
                counted = observing.execute(counting).fetchone()
                assert counted is not None
                self.moments.append(time.time())
                self.counts.append(counted[0])


def compare(size: Size) -> list[Row]:
    """Return rows for the median and the worst case of both."""
    connection.close()
    with running_senders(ours=SETUPS[OURS]) as senders, Observer() as observer:
        sender = senders[OURS]
        sender.send(1)
        singles = [_single(sender, observer) for _ in range(size.singles)]
        burst = _burst(sender, observer, size.burst)
    return [
        _row("a single .delay(), median", median(singles), PROMISED),
        _row(f"a single .delay(), the slowest of {size.singles}", max(singles), PROMISED),
        _row(f"{size.burst:,} .delay() in a burst, median", median(burst), PROMISED),
        _row(f"{size.burst:,} .delay() in a burst, the slowest", max(burst), None),
    ]


def _single(sender: Sender, observer: Observer) -> float:
    time.sleep(QUIET)
    return _burst(sender, observer, 1)[0]


def _burst(sender: Sender, observer: Observer, number: int) -> list[float]:
    """Return for each task the milliseconds from its sending until as many rows were seen."""
    before = sender.sent
    sender.begin(number)
    returned = sender.moments()[1:]
    seen = [observer.seen(before + place) for place in range(1, number + 1)]
    sender.store()
    return [max(0.0, (at - sent) * 1_000) for at, sent in zip(seen, returned, strict=True)]


def _row(what: str, milliseconds: float, at_most: float | None) -> Row:
    return Row(
        what=f"{what}: until another connection sees the row",
        peer="the promise",
        ours=f"{plain(milliseconds)} ms",
        theirs="-" if at_most is None else f"{plain(at_most)} ms",
        figure=milliseconds,
        unit=" ms",
        wanted=Wanted(at_most=at_most),
    )
