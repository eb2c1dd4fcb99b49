"""Canvases for real workers: each task is labelled by a letter; what becomes of it is said beside."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from celery import chord, group, shared_task
from celery.canvas import Signature

from progress_updater.writing.channels import flush

WAIT = 6.0  # seconds in which a task is revoked, also on a busy machine


@shared_task
def stage(seconds: float = 0.02) -> str:
    """Take a moment."""
    time.sleep(seconds)
    return "done"


@shared_task
def stage_of(*_: Any) -> str:
    """Take a moment, whatever comes in."""
    return stage.run(0.02)


@shared_task
def breaks() -> None:
    """Fail."""
    raise ValueError("broken")


@shared_task(bind=True, max_retries=2)
def hesitates(self: Any) -> str:
    """Be tried twice."""
    if self.request.retries < 1:
        raise self.retry(countdown=0.2)
    return "done"


@shared_task(bind=True)
def hands_over(self: Any, label: str) -> Any:
    """Be replaced by a chain, whose last task has the same id."""
    return self.replace(stage.si().set(shadow="x") | stage.si().set(shadow=label))


@shared_task
def sends() -> None:
    """Send a task."""
    stage.si().set(shadow="child").delay()


@shared_task
def is_killed() -> None:
    """Kill the own process."""
    flush(10)
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def notes(task_id: str) -> str:
    """Be called because another task has failed."""
    return task_id


def of(task: Any, label: str, *args: Any) -> Signature:
    """Return a call of a task, with a label."""
    return task.si(*args).set(shadow=label)


def a(label: str, seconds: float = 0.02) -> Signature:
    """Return a call that goes well."""
    return of(stage, label, seconds)


class Canvas(NamedTuple):
    """A canvas and what becomes of it."""

    make: Callable[[], Signature]
    good: str = ""
    """The labels of the tasks that go well, and that are known at once."""
    failed: str = ""
    never: str = ""
    """The labels of those that never come."""
    revoked: str = ""
    later: tuple[str, ...] = ()
    """The labels of those that go well, and of which nobody knew before they were sent."""


def _linked() -> Signature:
    signature = a("a")
    signature.link(a("callback"))
    return signature


def _with_errback() -> Signature:
    signature = of(breaks, "a") | a("b")
    signature.link_error(notes.s().set(shadow="errback"))
    return signature


CANVASES: dict[str, Canvas] = {
    "chain": Canvas(lambda: a("a") | a("b") | a("c"), "abc"),
    "group": Canvas(lambda: group(a("a"), a("b"), a("c")), "abc"),
    "chord": Canvas(lambda: chord([a("a"), a("b")], a("c")), "abc"),
    "chunks": Canvas(lambda: a("a") | _starmaps() | a("c"), "ammc"),
    "map": Canvas(lambda: a("a") | stage_of.map([1, 2]).set(shadow="m") | a("c"), "amc"),
    "starmap": Canvas(lambda: a("a") | stage_of.starmap([(1, 2), (3,)]).set(shadow="m") | a("c"), "amc"),
    "nested": Canvas(
        lambda: a("a") | group(a("b") | group(a("c"), a("d")) | a("e"), a("f")) | a("g") | a("h"), "abcdefgh"
    ),
    "chords in a chord": Canvas(lambda: chord([chord([a("a"), a("b")], a("c")), a("d")], a("e")), "abcde"),
    "link": Canvas(_linked, "a", later=("callback",)),
    "a child": Canvas(lambda: of(sends, "a") | a("b"), "ab", later=("child",)),
    "failing": Canvas(lambda: a("a") | of(breaks, "b") | group(a("c"), a("d")) | a("e"), "a", "b", "cde"),
    "failing in a header": Canvas(lambda: chord([a("a"), of(breaks, "b")], a("c")), "a", "bc"),
    "link_error": Canvas(_with_errback, "", "a", "b", later=("errback",)),
    "retried": Canvas(lambda: a("a") | of(hesitates, "b") | a("c"), "abc"),
    "retried in a header": Canvas(lambda: chord([of(hesitates, "a"), a("b")], a("c")), "abc"),
    "replaced": Canvas(lambda: a("a") | of(hands_over, "y", "y") | a("c"), "ayc", later=("x",)),
    "revoked": Canvas(lambda: a("a", WAIT) | a("r") | a("c"), "a", "", "c", revoked="r"),
    "revoked in a header": Canvas(
        lambda: a("a", WAIT) | group(a("r"), a("b")) | a("c"), "ab", "c", "", revoked="r"
    ),
}
KILLED: dict[str, Canvas] = {
    "killed": Canvas(lambda: a("a") | of(is_killed, "b") | a("c") | a("d"), "a", "b", "cd"),
    "killed in a header": Canvas(lambda: a("a") | group(of(is_killed, "b"), a("c")) | a("d"), "ac", "bd"),
}


def _starmaps() -> Signature:
    parts = stage_of.chunks([(number,) for number in range(4)], 2).group()
    for part in parts.tasks:
        part.set(shadow="m")
    return parts


def labels_of(canvas: Canvas) -> dict[str, list[str]]:
    """Return the labels of all tasks by the state in which they end."""
    states = {
        "SUCCESS": [*canvas.good, *canvas.later],
        "FAILURE": [*canvas.failed],
        "IGNORED": [*canvas.never],
        "REVOKED": [*canvas.revoked],
    }
    return {state: sorted(labels) for state, labels in states.items() if labels}
