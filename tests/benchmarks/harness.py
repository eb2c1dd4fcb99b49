"""Measure several contenders in turns, so that what disturbs the machine disturbs them alike."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

GARBAGE_COLLECTOR = (
    "The garbage collector is on, as in a worker. Before each measurement it runs once, and what it leaves "
    "is frozen, so that no contender pays for the objects of another."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Something that is called many times."""

    name: str
    run: Callable[[int], None]
    """Calls it as often as told."""

    calls: int
    """Calls in one measurement."""

    around: Callable[[], AbstractContextManager[object]] = field(default=nullcontext)
    """What is set up before a measurement and cleaned up after it, outside of the time that counts."""


def costs(contenders: list[Contender], rounds: int) -> dict[str, float]:
    """Measure what one call costs, after one round to warm up.

    Args:
        contenders: they take turns, in another order each round.
        rounds: how many rounds count.

    Returns:
        For each contender's name the median of its rounds, in seconds.
    """
    taken: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(rounds + 1):
        for contender in contenders if turn % 2 else reversed(contenders):
            cost = _measure(contender)
            if turn:
                taken[contender.name].append(cost)
    return {name: median(costs) for name, costs in taken.items()}


def _measure(contender: Contender) -> float:
    with contender.around(), no_foreign_garbage():
        begun = perf_counter()
        contender.run(contender.calls)
        return (perf_counter() - begun) / contender.calls


@contextmanager
def no_foreign_garbage() -> Iterator[None]:
    """Keep what is there already out of the garbage collector's rounds."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
