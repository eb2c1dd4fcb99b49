"""The filters of the list: none of them counts or compares all rows."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from progress_updater import states
from progress_updater.admin.wording import STATE_NAMES
from progress_updater.models import TaskLog

RECENT: Final = 1_000
"""How many of the newest logs the filter by name takes its names from."""

UNFINISHED: Final = [state for state in states.STATES if state not in states.TERMINAL]


class StatusFilter(admin.SimpleListFilter):
    """Keep what went well, what did not, or what is not finished."""

    title = _("status")
    parameter_name = "status"
    kept: Final = {"good": sorted(states.GOOD), "bad": sorted(states.BAD), "unfinished": UNFINISHED}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return [("good", _("Went well")), ("bad", _("Went wrong")), ("unfinished", _("Not finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TaskLog]) -> QuerySet[TaskLog]:
        """Keep the states of the choice."""
        wanted = self.kept.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(state__in=wanted)


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
