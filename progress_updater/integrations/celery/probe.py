"""The task that `manage.py tasklog doctor` sends: it does a little of everything that is recorded."""

from typing import Final

from celery import shared_task

from progress_updater import notify, step, track

NAME: Final = "progress_updater.probe"
SAYS: Final = "The worker works."
ROUNDS: Final = 3


@shared_task(name=NAME, ignore_result=True, progress_record=True)
def probe() -> None:
    """Open a step in a step, say something there, and count in a loop."""
    with step("Outer step"), step("Inner step"):
        notify(SAYS)
    for _ in track(range(ROUNDS), "Loop", unit="rounds"):
        pass
