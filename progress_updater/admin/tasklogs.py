"""The admin of task logs: a list and a page for each."""

from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from progress_updater import policy
from progress_updater.admin.actions import ListActions
from progress_updater.admin.changelist import TaskLogChangeList
from progress_updater.admin.columns import ListColumns
from progress_updater.admin.dates import PARTS
from progress_updater.admin.filters import NameFilter, StateFilter, StatusFilter
from progress_updater.admin.page import tasklog_page
from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[TaskLog]
else:
    _ModelAdmin = admin.ModelAdmin

LOOKUPS: Final = frozenset(
    {
        *(each.parameter_name for each in (StatusFilter, StateFilter, NameFilter)),
        *PARTS,
        "created__gte",
        "created__lt",
        "about__exact",
        "owner__exact",
        "root__exact",
    }
)
"""What an address of the list may ask for: what its pages link to, and whole values of what they show."""


class TaskLogAdmin(ListActions, ListColumns, _ModelAdmin):
    """Show task logs; whoever may see them all may read here, and nobody may change a log."""

    list_display = ("task_name", "shown_state", "shown_progress", "shown_duration", "shown_owner", "created")
    list_filter = (StatusFilter, StateFilter, NameFilter, "created")
    date_hierarchy = "created"
    search_fields = ("task_uuid", "task_name")
    search_help_text = gettext_lazy("A task's id, or the beginning of its id or of its name.")
    sortable_by = ()
    ordering = ("-created", "-id")
    actions = ("cancel_selected", "retry_selected")
    actions_selection_counter = False
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    @property
    def media(self) -> Media:
        """Return the pages' own style and script; nothing here needs Django's jQuery."""
        return Media(css={"all": ["progress_updater/admin.css"]}, js=["progress_updater/admin.js"])

    def has_view_permission(self, request: HttpRequest, obj: TaskLog | None = None) -> bool:
        """Let in whoever may see all tasks."""
        audience = policy.audience_of(request.user)
        return audience is not None and audience.sees_all_tasks

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app in the admin's index to the same users."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: logs are written by tasks."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: TaskLog | None = None) -> bool:
        """Return False: logs are written by tasks."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TaskLog | None = None) -> bool:
        """Return False: logs are pruned by age."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse what would let a reader guess columns that the page does not show."""
        return lookup in LOOKUPS

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TaskLogChangeList]:
        """Return the list that never counts."""
        return TaskLogChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[TaskLog], search_term: str
    ) -> tuple[QuerySet[TaskLog], bool]:
        """Search by id and name."""
        typed = search_term.strip()
        logs = cast(TaskLogQuerySet, queryset)
        return (logs.search(typed) if typed else logs), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list."""
        title = capfirst(self.opts.verbose_name_plural)
        response: HttpResponse = super().changelist_view(request, {"title": title, **(extra_context or {})})
        return response

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one task."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        log = self.get_object(request, unquote(object_id))
        if log is None:
            raise Http404(_("There is no such task, or its log was pruned."))
        return tasklog_page(self, request, log, extra_context or {})
