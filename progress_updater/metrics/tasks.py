"""What the tables say of all tasks, when it is asked for."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models.functions import Coalesce
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from progress_updater import states
from progress_updater.clock import Age
from progress_updater.metrics.names import NAME, Names
from progress_updater.metrics.window import Ended, windows
from progress_updater.models import Attempt, TaskLog
from progress_updater.settings import current

MOST: Final = 10_000
"""Tasks of one state that are counted at the most."""
QUANTILES: Final = (0.5, 0.95, 1.0)
UNFINISHED: Final = tuple(state for state in states.STATES if state not in states.TERMINAL)


class TasksCollector(Collector):
    """Tell of the tasks that ended lately, and of those that have not ended."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the tables."""
        found = list(windows())
        ended = [task for window in found for task in window.tasks]
        waiting = list(_unfinished())
        names = Names([*(task.name for task in ended), *(name for name, _ in waiting)])
        yield _gauge(
            "window_seconds",
            "How far back the numbers of tasks that have ended go, by outcome.",
            ("state",),
            {(window.state,): window.seconds for window in found},
        )
        yield _gauge(
            "tasks_ended",
            "Tasks that ended within the window, by outcome.",
            ("name", "state"),
            Counter((names.label(task.name), task.state) for task in ended),
        )
        yield _quantiles(
            "queue_seconds",
            "From when a task was due to its start.",
            ended,
            names,
            lambda task: task.queue_time,
        )
        yield _quantiles(
            "run_seconds",
            "From the first start of a task to its end.",
            ended,
            names,
            lambda task: task.run_time,
        )
        yield _gauge(
            "tasks",
            f"Tasks that have not ended, by state: those that run are STARTED. At most {MOST} of a state.",
            ("name", "state"),
            Counter((names.label(name), state) for name, state in waiting),
        )
        yield _gauge(
            "tasks_silent",
            "Tasks that run in a process which is not heard of: they are about to be LOST.",
            (),
            {(): _silent()},
        )


def _unfinished() -> Iterator[tuple[str, str]]:
    for state in UNFINISHED:
        logs = TaskLog.objects.filter(state=state).newest_first()
        for name in logs.values_list(NAME, flat=True)[:MOST]:
            yield name, state


def _silent() -> int:
    heard = Age(Coalesce("process__heartbeat", "process__started"))
    running = Attempt.objects.filter(state=states.STARTED, process__isnull=False).annotate(silence=heard)
    return int(running.filter(silence__gt=current().LOST_AFTER).count())


def _gauge(name: str, says: str, labels: Sequence[str], values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"progress_updater_{name}", says, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _quantiles(
    name: str, says: str, tasks: Iterable[Ended], names: Names, time_of: Callable[[Ended], float | None]
) -> GaugeMetricFamily:
    times: defaultdict[str, list[float]] = defaultdict(list)
    for task in tasks:
        seconds = time_of(task)
        if seconds is not None:
            times[names.label(task.name)].append(seconds)
    values = {
        (label, f"{quantile:g}"): _at(quantile, sorted(seconds))
        for label, seconds in times.items()
        for quantile in QUANTILES
    }
    return _gauge(name, f"{says} Of tasks that ended within the window.", ("name", "quantile"), values)


def _at(quantile: float, ordered: list[float]) -> float:
    return ordered[min(int(quantile * len(ordered)), len(ordered) - 1)]
