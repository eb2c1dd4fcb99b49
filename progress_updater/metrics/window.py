"""The tasks that ended lately: what one scrape reads is limited, however many there are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.utils import timezone

from progress_updater import states
from progress_updater.metrics.names import NAME
from progress_updater.models import TaskLog

SECONDS: Final = 300.0
"""How far back a scrape looks."""
MOST: Final = 2_000
"""Tasks of one outcome that it reads at the most, the latest ones."""


class Ended(NamedTuple):
    """A task that ended lately."""

    name: str
    state: str
    queue_time: float | None
    """Seconds from when it was due to its start; None where nobody knows."""
    run_time: float | None
    """Seconds from its first start to its end."""


class Window(NamedTuple):
    """The tasks of one outcome."""

    state: str
    seconds: float
    """How far back they go."""
    tasks: list[Ended]


def windows() -> Iterator[Window]:
    """Read the tasks that ended lately.

    Yields:
        One window for each state in which a task ends; an index answers it.
    """
    now = timezone.now()
    for state in sorted(states.TERMINAL):
        logs = TaskLog.objects.filter(state=state, end__gte=now - timedelta(seconds=SECONDS))
        rows = list(logs.order_by("-end", "-id").values_list(NAME, "queued", "eta", "start", "end")[:MOST])
        reaches = (now - rows[-1][-1]).total_seconds() if len(rows) == MOST else SECONDS
        tasks = [
            Ended(name, state, _queue_time(queued, eta, start), _between(start, end))
            for name, queued, eta, start, end in rows
        ]
        yield Window(state, max(reaches, 0.0), tasks)


def _queue_time(queued: datetime | None, eta: datetime | None, start: datetime | None) -> float | None:
    # One that is later than the first start belongs to a retry.
    is_due_later = eta is not None and start is not None and eta <= start
    return _between(eta if is_due_later else queued, start)


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    if begin is None or end is None:
        return None
    return max(0.0, (end - begin).total_seconds())
