"""Queries with names."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

from progress_updater import states
from progress_updater.settings import current

if TYPE_CHECKING:
    from progress_updater.models import TaskLog


class TaskLogQuerySet(models.QuerySet["TaskLog"]):
    """Task logs, by what one asks about them."""

    def newest_first(self) -> "TaskLogQuerySet":
        """Order by creation, the latest first: the order of every list."""
        return self.order_by("-created", "-id")

    def finished(self) -> "TaskLogQuerySet":
        """Keep those in a terminal state."""
        return self.filter(state__in=states.TERMINAL)

    def unfinished(self) -> "TaskLogQuerySet":
        """Keep those that are queued, running or between two attempts."""
        return self.exclude(state__in=states.TERMINAL)

    def with_status(self, status: int) -> "TaskLogQuerySet":
        """Keep those of one status number: 1 good, 0 bad, 2 not finished."""
        wanted = {states.STATUS_GOOD: states.GOOD, states.STATUS_BAD: states.BAD}.get(status)
        return self.unfinished() if wanted is None else self.filter(state__in=wanted)

    def owned_by(self, owner: object) -> "TaskLogQuerySet":
        """Keep those of one owner: a user, or the text of its primary key."""
        return self.filter(owner=str(getattr(owner, "pk", owner)))

    def about(self, subject: models.Model | str) -> "TaskLogQuerySet":
        """Keep those about one object: a model instance, or "app.model:pk"."""
        return self.filter(about=subject if isinstance(subject, str) else about_key(subject))

    def tagged(self, tags: Iterable[str]) -> "TaskLogQuerySet":
        """Keep those that carry every one of the tags."""
        kept = self
        for tag in tags:
            kept = kept.filter(tags__tag=tag)
        return kept


class _InTheAppsDatabase(models.Manager[Any]):
    """Ask the alias of the settings, router or not."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().using(self._db or current().DATABASE)


TaskLogManager = _InTheAppsDatabase.from_queryset(TaskLogQuerySet)
RowManager = _InTheAppsDatabase


def about_key(subject: models.Model) -> str:
    """Name a model instance as the column "about" does.

    Args:
        subject: a saved instance of any model.

    Returns:
        "app.model:pk".
    """
    return f"{subject._meta.label_lower}:{subject.pk}"
