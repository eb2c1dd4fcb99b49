"""Which logs are older than the settings keep them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.settings import ALL_OTHERS, current

LONGEST: Final = 36_525  # days; dates end somewhere


def days_kept() -> dict[str, float]:
    """Tell how long logs are kept after their end, or since their tasks have waited.

    Returns:
        Days by state; those that are kept for ever are not in it.
    """
    keep = current().KEEP
    days = {
        state: keep.get(state, keep.get(ALL_OTHERS)) for state in sorted(states.TERMINAL | states.WAITING)
    }
    return {state: kept for state, kept in days.items() if kept is not None}


def expired_logs() -> Iterator[TaskLogQuerySet]:
    """Ask for the logs that are older than they are kept.

    Yields:
        A query for each state, which an index answers; the oldest logs first.
    """
    for state, days in days_kept().items():
        in_state, moment = TaskLog.objects.filter(state=state), days_ago(days)
        if state in states.TERMINAL:
            yield in_state.filter(end__lt=moment).order_by("end", "id")
        else:
            yield _waiting_since(in_state, moment).order_by("created", "id")


def _waiting_since(logs: TaskLogQuerySet, moment: datetime) -> TaskLogQuerySet:
    """Keep those in which nothing has changed since then, nor in their trees, and which were due before."""
    is_due = Q(eta__lt=moment) | Q(eta=None)
    # What waits for another task changes only with that one.
    in_tree = TaskLog.objects.filter(tree=OuterRef("tree"))
    moving = in_tree.filter(Q(state=states.STARTED) | Q(updated__gte=moment) | Q(eta__gte=moment))
    was_sent = Q(queued__isnull=False)
    return logs.filter(is_due, was_sent | ~Exists(moving), created__lt=moment, updated__lt=moment)


def days_ago(days: float) -> datetime:
    """Return the moment before which something is older than so many days."""
    return timezone.now() - timedelta(days=min(days, LONGEST))
