"""A task that returns and one that raises, with a fault in their midst."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from progress_updater import notify, step, track
from project.celery import app


class OrderMissing(Exception):
    """What the author's own code raises."""


@dataclass
class Scene:
    """What happens while a task runs.

    Attributes:
        strike: begins the fault.
        fault: is closed where the fault ends.
        say: what the task does besides while the fault lasts.
        wait: returns when the writer has met the fault.
    """

    strike: Callable[[], None]
    fault: ExitStack
    say: Callable[[], None]
    wait: Callable[[], None]
    error: OrderMissing = field(default_factory=lambda: OrderMissing("order 7 is missing"))


def play(scene: Scene) -> None:
    with step("Before"):
        notify("before")
    scene.strike()
    with step("During"):
        notify("during")
        scene.say()
        for _ in track(range(3), "Items"):
            pass
    scene.wait()
    scene.fault.close()
    with step("After"):
        notify("after")


scenes: list[Scene] = []


@app.task
def returns() -> str:
    play(scenes[-1])
    return "the result"


@app.task
def raises() -> None:
    play(scenes[-1])
    raise scenes[-1].error


@app.task
def later() -> None:
    with step("Later"):
        notify("later")
