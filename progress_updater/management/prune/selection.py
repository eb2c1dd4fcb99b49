"""Which logs a command line means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.upkeep.expiry import days_ago, expired_logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Logs of tasks that have ended; where nothing is chosen, all that KEEP does not keep.

    Attributes:
        older_than: days since their end.
        state: any of these.
        name: a pattern, with * for any text and ? for one character.
        owner: whose they are.
        keep_last: how many of each name, the newest ones that the other conditions choose, stay at any age.
    """

    older_than: float | None = None
    state: tuple[str, ...] = ()
    name: str | None = None
    owner: str | None = None
    keep_last: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return self == Selection()

    def finished(self) -> Iterator[TaskLogQuerySet]:
        """Ask for the logs to delete.

        Yields:
            Queries that have no log in common.
        """
        if self.is_empty:
            yield from expired_logs()
        elif self.keep_last:
            yield from self._all_but_last(self.keep_last)
        else:
            yield self._old(self._matching().filter(state__in=self.state or states.TERMINAL))

    def unfinished(self) -> TaskLogQuerySet:
        """Ask for the logs of tasks that have not ended, which stay."""
        return self._matching().unfinished()

    def _matching(self) -> TaskLogQuerySet:
        logs = TaskLog.objects.all()
        if self.owner is not None:
            logs = logs.owned_by(self.owner)
        return logs if self.name is None else logs.filter(task_name__regex=_expression(self.name))

    def _old(self, logs: TaskLogQuerySet) -> TaskLogQuerySet:
        return logs if self.older_than is None else logs.filter(end__lt=days_ago(self.older_than))

    def _all_but_last(self, count: int) -> Iterator[TaskLogQuerySet]:
        logs = self._matching().filter(state__in=self.state or states.TERMINAL)
        for name in list(logs.order_by("task_name").values_list("task_name", flat=True).distinct()):
            of_name = logs.filter(task_name=name)
            for created, key in of_name.newest_first().values_list("created", "pk")[count - 1 : count]:
                before = Q(created__lt=created) | Q(created=created, pk__lt=key)
                yield self._old(of_name.filter(before))


def _expression(pattern: str) -> str:
    wild = {"*": ".*", "?": "."}
    return f"^{''.join(wild.get(character, re.escape(character)) for character in pattern)}$"
