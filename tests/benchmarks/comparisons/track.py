"""track() against the loops of rich and tqdm: per item, with nothing done in the loop."""

import io
from collections.abc import Callable, Iterable

import rich.progress
from rich.console import Console
from tqdm import tqdm

from progress_updater import track
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

RICH = "rich.progress.track()"
TQDM = "tqdm()"
SELDOM = ", refreshed once a second"

WANTED = {RICH: 0.8, TQDM: 0.6}


class Sink(io.StringIO):
    """No terminal, and it costs nothing to write to."""

    def write(self, text: str) -> int:
        return len(text)


def compare(size: Size) -> list[Row]:
    """Return a row for each peer as it is, and one with the fewest refreshes that still show anything."""
    loops: dict[str, Callable[[range], Iterable[int]]] = {
        "track()": lambda items: track(items, "Save rows"),
        RICH: lambda items: rich.progress.track(items, console=Console(file=Sink())),
        RICH + SELDOM: lambda items: rich.progress.track(
            items, console=Console(file=Sink()), update_period=1.0, refresh_per_second=1
        ),
        TQDM: lambda items: tqdm(items, file=Sink()),
        TQDM + SELDOM: lambda items: tqdm(items, file=Sink(), mininterval=1.0),
    }
    cost = costs([_contender(name, loop, size) for name, loop in loops.items()], size.rounds)
    return [
        cheaper("track(), an item", peer + how, cost["track()"], cost[peer + how], at_most=wanted)
        for peer, wanted in WANTED.items()
        for how in ("", SELDOM)
    ]


def _contender(name: str, loop: Callable[[range], Iterable[int]], size: Size) -> Contender:
    def run(calls: int) -> None:
        for _ in loop(range(calls)):
            pass

    # Every contender runs in a recorded task, so that the writer's thread is there for all of them.
    return Contender(name=name, run=run, calls=size.items, around=recorded_task)
