"""`with step()` against an eliot action."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import eliot
from eliot import FileDestination

from progress_updater import step
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

MEMORY = "eliot: start_action(), kept in memory"
FILE = "eliot: start_action(), written to a file"


def compare(size: Size) -> list[Row]:
    """Return a row for each of its destinations."""
    cost = costs(
        [
            Contender(name="step()", run=_steps, calls=size.calls, around=recorded_task),
            Contender(name=MEMORY, run=_actions, calls=size.calls, around=_to_memory),
            Contender(name=FILE, run=_actions, calls=size.calls, around=_to_file),
        ],
        size.rounds,
    )
    what = "with step(), entered and left"
    return [cheaper(what, peer, cost["step()"], cost[peer], at_most=0.7) for peer in (MEMORY, FILE)]


def _steps(calls: int) -> None:
    for _ in range(calls):
        with step("Save rows"):
            pass


def _actions(calls: int) -> None:
    for _ in range(calls):
        with eliot.start_action(action_type="Save rows"):
            pass


@contextmanager
def _destination(destination: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    eliot.add_destinations(destination)
    try:
        yield
    finally:
        eliot.remove_destination(destination)


def _to_memory() -> AbstractContextManager[None]:
    return _destination([].append)


@contextmanager
def _to_file() -> Iterator[None]:
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "log").open("ab") as file,
        _destination(FileDestination(file=file)),
    ):
        yield
