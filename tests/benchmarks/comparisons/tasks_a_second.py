"""How many tasks that do nothing a prefork worker does in a second: with the app, without, with the peer."""

from statistics import median

from progress_updater.models import TaskLog
from progress_updater.states import SUCCESS
from tests.benchmarks.row import Row, Wanted, plain
from tests.benchmarks.sizes import Size
from tests.benchmarks.workers import Setup, Worker, running_workers, wait_for

OURS = "ours"
WITHOUT = "without"
RESULTS = "results"

SETUPS = {
    OURS: Setup(apps="progress_updater"),
    WITHOUT: Setup(),
    RESULTS: Setup(apps="django_celery_results", results="django-db"),
}
PEERS = {
    WITHOUT: ("the same worker without the app", 0.90),
    RESULTS: ("the same worker with django-celery-results as result backend", 1.5),
}
FEWER = {RESULTS: 4}
"""How many times fewer tasks are enough for one that is slow."""

RECORDED_WITHIN = 30  # seconds after the last task


def compare(size: Size) -> list[Row]:
    """Return a row for each other worker. The tasks are sent before, by a process that records nothing."""
    with running_workers(**SETUPS) as workers:
        rates: dict[str, list[float]] = {name: [] for name in workers}
        for turn in range(size.task_rounds + 1):
            for name in workers if turn % 2 else reversed(workers):
                tasks = size.tasks // FEWER.get(name, 1)
                rate = _rate(workers[name], f"round{turn}", tasks if turn else tasks // 4)
                if turn:
                    rates[name].append(rate)
        sent = workers[OURS].sent
        missing = sent - wait_for(sent, TaskLog.objects.filter(state=SUCCESS).count, RECORDED_WITHIN)
    return [_row(peer, rates, missing) for peer in PEERS]


def _rate(worker: Worker, queue: str, tasks: int) -> float:
    worker.send("stamp", queue)
    for _ in range(tasks):
        worker.send("nothing", queue)
    worker.send("stamp", queue)
    worker.take(queue)
    begun, ended = worker.told(), worker.told()
    worker.leave(queue)
    return tasks / (ended - begun)


def _row(peer: str, rates: dict[str, list[float]], missing: int) -> Row:
    ours, theirs = median(rates[OURS]), median(rates[peer])
    title, at_least = PEERS[peer]
    return Row(
        what="no-op tasks a second, prefork, Redis, PostgreSQL, all recorded",
        peer=title,
        ours=f"{plain(ours)} tasks/s",
        theirs=f"{plain(theirs)} tasks/s",
        figure=ours / theirs,
        wanted=Wanted(at_least=at_least),
        note=f"{missing:,} tasks are not recorded" if missing else "",
    )
