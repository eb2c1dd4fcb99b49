"""How much is measured: all of it for `make bench`, little for the tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How often things are done in one measurement, and how many measurements there are."""

    rounds: int
    """Measurements of each contender, of which the median counts."""

    calls: int
    """Calls of what takes about a microsecond."""

    slow_calls: int
    """Calls of what asks a server each time."""

    items: int
    """Items of a loop."""

    lines: int
    """Lines of one task that are brought into a database."""

    founding_lines: int
    """Lines from which the rate of the founding design is taken."""

    line_rounds: int
    """Rounds of those lines."""

    tasks: int
    """Tasks that a worker does in one measurement."""

    task_rounds: int
    """Rounds of those tasks."""

    burst: int
    """Tasks that are sent one directly after the other."""

    send_rounds: int
    """Bursts."""

    singles: int
    """Tasks that are sent after a quiet moment, each for itself."""

    seconds: float
    """How long the transactions of a process are counted."""

    notifies: int
    """Lines of the task whose memory is measured."""


FULL = Size(
    rounds=15,
    calls=5_000,
    slow_calls=500,
    items=500_000,
    lines=100_000,
    founding_lines=4_000,
    line_rounds=3,
    tasks=4_000,
    task_rounds=5,
    burst=1_000,
    send_rounds=9,
    singles=200,
    seconds=5.0,
    notifies=1_000_000,
)

SMALL = Size(
    rounds=5,
    calls=2_000,
    slow_calls=50,
    items=50_000,
    lines=30_000,
    founding_lines=2_500,
    line_rounds=3,
    tasks=500,
    task_rounds=3,
    burst=1_000,
    send_rounds=3,
    singles=25,
    seconds=2.0,
    notifies=100_000,
)

SIZES = {"full": FULL, "small": SMALL}
