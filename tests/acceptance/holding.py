"""Tasks that run until they are let go, or their worker is killed."""

import time
from pathlib import Path

from celery import shared_task

from progress_updater.writing.channels import flush


@shared_task
def holds(started: str, release: str) -> None:
    """Run until the test lets go."""
    flush(10)
    Path(started).touch()
    while not Path(release).exists():
        time.sleep(0.02)


@shared_task(acks_late=True)
def holds_and_comes_again(started: str, release: str) -> None:
    """Do the same; the message comes again when the worker dies."""
    holds.run(started, release)
