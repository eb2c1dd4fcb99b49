"""Tasks that clients of celery-progress ask about."""

from pathlib import Path
from typing import Any

from celery import shared_task
from celery_progress.backend import ProgressRecorder

from tests.waiting import wait_until

WITHIN = 120  # seconds


@shared_task
def returns(result: Any) -> Any:
    """Succeed."""
    return result


@shared_task
def raises(text: str) -> None:
    """Fail."""
    raise ValueError(text)


@shared_task(bind=True)
def comes_again(self: Any, text: str, seconds: float) -> None:
    """Fail, and be tried again after some seconds."""
    raise self.retry(exc=ValueError(text), countdown=seconds)


@shared_task(track_started=True)
def goes_on(release: str) -> None:
    """Run until it is released."""
    wait_until(Path(release).exists, WITHIN, "it is released")


@shared_task(bind=True)
def counts(self: Any, release: str, *progress: Any) -> None:
    """Tell how far it is, and run until it is released."""
    ProgressRecorder(self).set_progress(*progress)
    wait_until(Path(release).exists, WITHIN, "it is released")
