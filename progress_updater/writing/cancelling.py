"""A wish to stop: it goes into the table here, and comes back to the run in its process."""

from collections.abc import Collection

from django.db.models import F
from django.utils import timezone

from progress_updater.models import TaskLog
from progress_updater.recording import registry


def request_cancel(pk: int) -> bool:
    """Store that somebody wants a task to stop, as a visible change, unless it has finished.

    Args:
        pk: of the task's log.

    Returns:
        False where the task has finished.
    """
    goes_on = TaskLog.objects.unfinished().filter(pk=pk)
    asked = goes_on.filter(cancel_requested=False)
    if asked.update(cancel_requested=True, seq=F("seq") + 1, updated=timezone.now()):
        return True
    return goes_on.exists()


def tell_cancelled(runs: Collection[str]) -> None:
    """Let runs of this process know that somebody wants them to stop.

    Args:
        runs: their tokens; others are passed over.
    """
    if runs:
        for recorder in registry.live():
            if recorder.run in runs:
                recorder.cancel_requested = True
