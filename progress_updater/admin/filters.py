"""The filters of the list: none of them counts or compares all rows."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.wording import STATE_NAMES

RECENT: Final = 1_000
"""How many of the newest logs the filter by name takes its names from."""

STATUS_NAMES: Final = {
    str(states.STATUS_GOOD): _("Went well"),
    str(states.STATUS_BAD): _("Went wrong"),
    str(states.STATUS_UNFINISHED): _("Not finished"),
}


class StatusFilter(admin.SimpleListFilter):
    """Keep what went well, what did not, or what is not finished."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return list(STATUS_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[TaskLog]:
        """Keep the status of the choice."""
        chosen = self.value()
        kept: QuerySet[TaskLog] = queryset.with_status(int(chosen)) if chosen in STATUS_NAMES else queryset
        return kept


class StateFilter(admin.SimpleListFilter):
    """Keep one state."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Name the choices."""
        return STATE_NAMES.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[TaskLog]) -> QuerySet[TaskLog]:
        """Keep the state of the choice."""
        return queryset.filter(state=self.value()) if self.value() in STATE_NAMES else queryset


class NameFilter(admin.SimpleListFilter):
    """Keep one name, of those that stand in the newest logs."""

    title = _("name (of recent tasks)")
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Name the choices, in one query."""
        recent = TaskLog.objects.newest_first().values_list("task_name", flat=True)[:RECENT]
        chosen = request.GET.getlist(self.parameter_name)
        return [(name, name) for name in sorted({*recent, *chosen})]

    def has_output(self) -> bool:
        """Show the filter also where there is one name only."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[TaskLog]) -> QuerySet[TaskLog]:
        """Keep the name of the choice."""
        name = self.value()
        return queryset if name is None else queryset.filter(task_name=name)
