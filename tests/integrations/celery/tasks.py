"""Tasks of all kinds, on a queue of their own."""

from threading import Lock, Semaphore
from typing import Any

from celery import Task, chord, group, uuid
from celery.exceptions import Ignore, Reject

from progress_updater import TaskUpdater, notify, step
from project.celery import app

QUEUE = "integration"
LATER = 3_600
"""Seconds after which a task comes that no test waits for: when its worker is gone."""

app.conf.task_routes = {pattern: {"queue": QUEUE} for pattern in (f"{__name__}.*", "celery.*")}
task = app.task
sent_back: set[str] = set()
released = Semaphore(0)


class Unpicklable(Exception):
    """Cannot travel between processes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.lock = Lock()


@task
def add(x: int = 1, y: int = 2) -> int:
    with step("Add"):
        notify(f"{x} + {y}")
    return x + y


@task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@task
def silent() -> str:
    return "nothing said"


@task
def silent_again(name: str = "") -> str:
    return name


@task
def waiting() -> None:
    """Keep a worker in a thread of this process busy until it is released; each release frees one."""
    released.acquire(timeout=60)


@task(progress_record=False)
def is_last() -> bool:
    """Tell whether the worker, which does one task after the other, has nothing more to do."""
    with app.connection_for_read() as connection:
        return connection.default_channel.queue_declare(QUEUE, passive=True).message_count == 0


@task
def failing() -> None:
    with step("Divide"):
        1 / 0  # noqa: B018


@task
def failing_unpicklable() -> None:
    raise Unpicklable(404, "not there")


@task(bind=True, default_retry_delay=0)
def retrying(self: Task, times: int = 2, countdown: float = 0) -> str:
    with step(f"Try {self.request.retries + 1}"):
        if self.request.retries < times:
            raise self.retry(exc=TimeoutError("The bank did not answer."), countdown=countdown)
    return "done"


@task(bind=True)
def retrying_later(self: Task) -> str:
    if not self.request.retries:
        raise self.retry(countdown=LATER)
    return "done"


@task(autoretry_for=(TimeoutError,), retry_backoff=False, default_retry_delay=0, max_retries=2)
def retrying_by_itself() -> None:
    with step("Ask"):
        raise TimeoutError("The bank did not answer.")


@task(bind=True, autoretry_for=(TimeoutError,), default_retry_delay=LATER)
def asking(self: Task, bank: str, seconds: float = 1, **more: Any) -> Any:
    """Show what it was given; a bank without a name does not answer at first."""
    if not bank and not self.request.retries:
        raise TimeoutError("The bank did not answer.")
    return {"bank": bank, "seconds": seconds, **more}


@task
def returning(times: int) -> Any:
    """Return a long text."""
    return ["x" * times]


@task
def returning_no_json() -> Any:
    return {object}


@task(bind=True)
def retrying_with_a_broker_that_is_away(self: Task) -> None:
    with app.connection_for_write(
        url="amqp://127.0.0.1:1//",
        transport="amqp",
        transport_options={"max_retries": 1, "interval_start": 0},
    ) as nowhere:
        raise self.retry(countdown=60, connection=nowhere, retry=False)


@task(bind=True)
def replaced(self: Task, by: str = "task") -> Any:
    with step("Look"):
        notify("This is work for another.")
    another, again = add.si(3, 4), add.si(5, 6)
    signatures = {
        "task": another,
        "chain": another | again | add.si(7, 8),
        "group": group(another, again),
        "chord": chord([another, again], total.s()),
        "replaced": replaced.si("task"),
        "failing task": failing.si(),
        "failing chain": another | failing.si() | again,
        "failing chord": chord([failing.si(), another], total.s()),
        "chain with a failing group": group(another, failing.si()) | again,
        "chain that is ignored": ignored.si() | again,
        "replaced by a failing chain": replaced.si("failing chain") | again,
        "task with an id of its own": add.si(3, 4).set(task_id=uuid()),
        "chain with an id of its own": another | add.si(5, 6).set(task_id=uuid()),
        "task that is not recorded": unrecorded.si(),
    }
    return self.replace(signatures[by])


@task
def ignored() -> None:
    raise Ignore("no longer wanted")


@task(acks_late=True)
def rejected() -> None:
    raise Reject("cannot be done", requeue=False)


@task(bind=True, acks_late=True)
def requeued(self: Task) -> str:
    with step("Look"):
        if self.request.id not in sent_back:
            sent_back.add(self.request.id)
            raise Reject("not now", requeue=True)
    return "done"


@task
def rejected_when_acknowledged() -> None:
    raise Reject("not now", requeue=True)


@task
def suppressing() -> str:
    updater = TaskUpdater()
    with updater("Goes wrong"):
        1 / 0  # noqa: B018
    return "done"


@task
def catching() -> str:
    try:
        with step("Goes wrong"):
            1 / 0  # noqa: B018
    except ZeroDivisionError:
        notify("Never mind.")
    return "done"


@task(progress_record=False)
def unrecorded(owner: str | None = None) -> str:
    TaskUpdater(owner=owner)
    with step("Work"):
        return str(add.delay())


@task(progress_record=True)
def always_recorded() -> None:
    """Be recorded whatever the settings say."""


@task
def sending(owner: str | None = None) -> str:
    """Send a child, after the task's owner was named here."""
    if owner is not None:
        TaskUpdater(owner=owner)
    return str(add.delay())


@task
def nesting() -> list[str]:
    """Run child tasks in place, in the eager mode."""
    with step("Send"):
        child = sending.delay()
        return [child.id, child.result]


@task
def leaving() -> None:
    with step("Leave"):
        raise SystemExit(1)


class Careless(Task):
    """A base class that fails after the task."""

    abstract = True

    def after_return(self, *args: Any, **kwargs: Any) -> None:
        raise LookupError("forgotten")


@task(base=Careless)
def careless() -> str:
    return "done"


@task(bind=True)
def telling_its_state(self: Task, states: list[str], meta: Any = None) -> None:
    for state in states:
        self.update_state(state=state, meta=meta)
