"""notify() against what tells a result backend: Celery's update_state(), and celery-progress on top of it."""

import inspect
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from os import environ
from typing import Any

from celery import Celery, Task
from celery_progress.backend import ProgressRecorder

from progress_updater import notify
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

REDIS = "Celery's update_state() on Redis"
RESULTS = "Celery's update_state() on django-celery-results"
PROGRESS = "celery-progress' set_progress() on Redis"


class PlainTask(Task):
    """Celery's own, without our wrapper around update_state()."""

    update_state = inspect.unwrap(Task.update_state)


def compare(size: Size) -> list[Row]:
    """Return a row for each peer."""
    with ExitStack() as tasks:
        on_redis = tasks.enter_context(_running_task(environ["CELERY_BROKER_URL"]))
        on_results = tasks.enter_context(_running_task("django-db"))
        peers = {
            REDIS: _update_state(on_redis),
            RESULTS: _update_state(on_results),
            PROGRESS: _set_progress(on_redis),
        }
        cost = costs([_ours(size), *(_peer(name, run, size) for name, run in peers.items())], size.rounds)
    return [cheaper("notify()", peer, cost["notify()"], cost[peer], times=150) for peer in peers]


def _ours(size: Size) -> Contender:
    def run(calls: int) -> None:
        for _ in range(calls):
            notify("Some notification related to the task")

    return Contender(name="notify()", run=run, calls=size.calls, around=recorded_task)


def _peer(name: str, run: Callable[[int], None], size: Size) -> Contender:
    return Contender(name=name, run=run, calls=size.slow_calls)


def _nothing() -> None:
    """Be a task; only its name and request count."""


@contextmanager
def _running_task(backend: str) -> Iterator[Any]:
    app = Celery("benchmark", backend=backend, broker="memory://", task_cls=PlainTask, set_as_current=False)
    task = app.task(_nothing, name="benchmark")
    task_id = str(uuid.uuid4())
    task.push_request(id=task_id)
    try:
        yield task
    finally:
        task.pop_request()
        app.backend.forget(task_id)
        app.close()


def _update_state(task: Any) -> Callable[[int], None]:
    def run(calls: int) -> None:
        for number in range(calls):
            task.update_state(state="PROGRESS", meta={"current": number, "total": calls})

    return run


def _set_progress(task: Any) -> Callable[[int], None]:
    recorder = ProgressRecorder(task)

    def run(calls: int) -> None:
        for number in range(calls):
            recorder.set_progress(number, calls, "Some notification related to the task")

    return run
