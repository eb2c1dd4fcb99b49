"""Queries with names."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connections, models
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from progress_updater import states
from progress_updater.clock import Age
from progress_updater.settings import current

if TYPE_CHECKING:
    from progress_updater.models import TaskLog

    _TaskLogs = models.QuerySet[TaskLog]
else:
    _TaskLogs = models.QuerySet

LAST_CHARACTER: Final = "\U0010ffff"

LARGE: Final = ("args", "kwargs", "options", "result")
"""Columns that may be long, and that few who read a list look at."""


class GroupCount(NamedTuple):
    """How far the members of a group are."""

    tasks: int
    ended: int
    """In whatever way."""
    succeeded: int
    running_percent: float
    """The percentages of those that have not ended, added up."""
    shown_percent: float
    """The percentage of the group that is stored, and never falls; 0 where there is none."""


class TaskLogQuerySet(_TaskLogs):
    """Task logs, by what one asks about them."""

    def newest_first(self) -> "TaskLogQuerySet":
        """Order by creation, the latest first: the order of every list."""
        return self.order_by("-created", "-id")

    def with_silence(self) -> "TaskLogQuerySet":
        """Add "silence": seconds since the process of the newest attempt was heard of, by its own clock.

        It is null where nobody knows; the clock is that of the database.
        """
        from progress_updater.models import Attempt

        heard = Coalesce("process__heartbeat", "process__started")
        newest = Attempt.objects.using(self.db).filter(run=OuterRef("run"), state=states.STARTED)
        return self.annotate(silence=Subquery(newest.values_list(Age(heard))))

    def with_count(self) -> "TaskLogQuerySet":
        """Add "counted": when the tasks were counted that it belongs to; null for a task alone."""
        from progress_updater.models import TaskTree

        tree = TaskTree.objects.using(self.db).filter(key=OuterRef("tree"))
        return self.annotate(counted=Subquery(tree.values("updated")))

    def without(self, columns: Iterable[str] = LARGE) -> "TaskLogQuerySet":
        """Leave columns out that nobody will look at; of those that may be long, all by default."""
        return self.defer(*columns)

    def finished(self) -> "TaskLogQuerySet":
        """Keep those in a terminal state."""
        return self.filter(state__in=states.TERMINAL)

    def unfinished(self) -> "TaskLogQuerySet":
        """Keep those that are queued, running or between two attempts."""
        return self.filter(state__in=[state for state in states.STATES if state not in states.TERMINAL])

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
        """Keep those that carry every one of the tags; a single text is one tag."""
        kept = self
        for tag in (tags,) if isinstance(tags, str) else tags:
            kept = kept.filter(tags__tag=tag)
        return kept

    def with_place_by_tag(self) -> "TaskLogQuerySet":
        """Add "tagged_at" and "tagged_id": creation and key, as they stand at the last of the tags asked for.

        Ordered by them, an index answers it. By the columns of the logs themselves the newest ones would be
        looked through until enough of them have the tag.
        """
        return self.annotate(tagged_at=F("tags__created"), tagged_id=F("tags__task_log_id"))

    def count_group(self, group: str) -> GroupCount:
        """Count the members of a group.

        Args:
            group: the group's id, as it is stored.

        Returns:
            What is known of it; members that are not sent yet are not known.
        """
        ended = Q(state__in=states.TERMINAL)
        members = self.filter(group=group).aggregate(
            tasks=Count("pk"),
            ended=Count("pk", filter=ended),
            succeeded=Count("pk", filter=Q(state=states.SUCCESS)),
            running_percent=Sum("percent", filter=~ended),
            trees=Count("tree", distinct=True),
            tree=Min("tree"),
        )
        tree, trees = members.pop("tree"), members.pop("trees")
        members["running_percent"] = members["running_percent"] or 0.0
        shown = _percent_of_tree(tree, members["tasks"], self.db) if trees == 1 else 0.0
        return GroupCount(**members, shown_percent=shown)

    def search(self, text: str) -> "TaskLogQuerySet":
        """Keep those whose id or name begins with a text; the name also in another letter case.

        An index answers it: searching inside of names would read every row.
        """
        spellings = {text, text.lower(), text.upper(), text.capitalize(), text.title()}
        wanted = self._beginning("task_uuid", text)
        for spelling in sorted(spellings):
            wanted |= self._beginning("task_name", spelling)
        return self.filter(wanted)

    def _beginning(self, column: str, text: str) -> models.Q:
        if connections[self.db].vendor == "postgresql":
            return models.Q((f"{column}__startswith", text))
        # Elsewhere startswith passes over the index.
        return models.Q((f"{column}__gte", text), (f"{column}__lt", text + LAST_CHARACTER))

    def matching(self, **conditions: Any) -> "TaskLogQuerySet":
        """Keep those that meet all conditions of a list.

        Args:
            conditions: any of "state" (several), "status", "finished", "name", "owner", "tag" (several),
                "about", "root", "created_after", "created_before" and "search".
        """
        kept = self
        for name, value in conditions.items():
            kept = _CONDITIONS[name](kept, value)
        return kept


_CONDITIONS: Final[dict[str, Callable[[TaskLogQuerySet, Any], TaskLogQuerySet]]] = {
    "state": lambda logs, states_: logs.filter(state__in=states_),
    "status": TaskLogQuerySet.with_status,
    "finished": lambda logs, finished: logs.finished() if finished else logs.unfinished(),
    "name": lambda logs, name: logs.filter(task_name=name),
    "owner": TaskLogQuerySet.owned_by,
    "tag": TaskLogQuerySet.tagged,
    "about": TaskLogQuerySet.about,
    "root": lambda logs, root: logs.filter(root=root),
    "created_after": lambda logs, moment: logs.filter(created__gte=moment),
    "created_before": lambda logs, moment: logs.filter(created__lt=moment),
    "search": TaskLogQuerySet.search,
}


class _InTheAppsDatabase(models.Manager[Any]):
    """Ask the alias of the settings, router or not."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().using(self._db or current().DATABASE)


TaskLogManager = _InTheAppsDatabase.from_queryset(TaskLogQuerySet)
RowManager = _InTheAppsDatabase


def _percent_of_tree(key: str, tasks: int, alias: str) -> float:
    """Return the percentage of a tree, if it has these tasks and no others."""
    from progress_updater.models import TaskTree

    trees = TaskTree.objects.using(alias).filter(key=key, tasks=tasks)
    return trees.aggregate(percent=Max("percent"))["percent"] or 0.0


def about_key(subject: models.Model) -> str:
    """Name a model instance as the column "about" does.

    Args:
        subject: a saved instance of any model.

    Returns:
        "app.model:pk"; a proxy model is named as the model that it stands for.
    """
    model = subject._meta.concrete_model or type(subject)
    return f"{model._meta.label_lower}:{subject.pk}"
