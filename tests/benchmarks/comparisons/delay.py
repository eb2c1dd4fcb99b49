"""What .delay() costs whoever calls it: with the app and without, a burst and a single one."""

import time
from collections.abc import Callable
from statistics import median

from progress_updater.models import TaskLog
from tests.benchmarks.row import Row, Wanted, microseconds
from tests.benchmarks.senders import Sender, running_senders
from tests.benchmarks.sizes import Size

OURS, WITHOUT = "ours", "without"
SETUPS = {OURS: "progress_updater", WITHOUT: ""}
QUIET = 0.1
"""Seconds before a single one, so that the process has nothing else to do."""


def compare(size: Size) -> list[Row]:
    """Return a row for the burst and one for the single call."""
    with running_senders(**SETUPS) as senders:
        for sender in senders.values():
            sender.send(size.burst)
        bursts = _measured(senders, size.send_rounds, lambda sender: sender.send(size.burst) / size.burst)
        singles = _measured(senders, size.singles, _single)
        missing = senders[OURS].sent - TaskLog.objects.count()
    note = f"{missing:,} tasks are not recorded" if missing else ""
    return [
        _row(f".delay(), each of {size.burst:,} in a burst", bursts, 1.3, note),
        _row(".delay(), a single one", singles, 2.5, note),
    ]


def _measured(
    senders: dict[str, Sender], rounds: int, measure: Callable[[Sender], float]
) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in senders}
    for turn in range(rounds):
        for name in senders if turn % 2 else reversed(senders):
            taken[name].append(measure(senders[name]))
    return {name: median(seconds) for name, seconds in taken.items()}


def _single(sender: Sender) -> float:
    time.sleep(QUIET)
    return sender.send(1)


def _row(what: str, cost: dict[str, float], at_most: float, note: str) -> Row:
    return Row(
        what=f"{what}, Redis, PostgreSQL",
        peer="the same without the app",
        ours=microseconds(cost[OURS]),
        theirs=microseconds(cost[WITHOUT]),
        figure=cost[OURS] / cost[WITHOUT],
        wanted=Wanted(at_most=at_most),
        note=note,
    )
