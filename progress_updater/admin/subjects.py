"""The tasks about an object, on the object's own page in the admin."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.forms import Media
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from progress_updater import policy, snapshot
from progress_updater.admin.owners import names_of_owners
from progress_updater.models import TaskLog
from progress_updater.querysets import about_key

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object

NEWEST: Final = 20
"""How many tasks the page shows."""

KEYS: Final = frozenset({"task_name", "state", "custom_state", "progress", "runtime", "owner"})
TEMPLATE: Final = "admin/progress_updater/tasklog/of_subject.html"


class TaskLogsMixin(_ModelAdmin):
    """Show the newest tasks about an object at the end of its page, for readers of all tasks.

    It stands before ModelAdmin: `class OrderAdmin(TaskLogsMixin, admin.ModelAdmin)`. A task is about an
    object when it was sent within `task_context(about=order)`, or says so itself.
    """

    @property
    def media(self) -> Media:
        """Return the media of the page, and the style of the tasks."""
        return super().media + Media(css={"all": ["progress_updater/admin.css"]})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the read-only fields, the tasks as the last."""
        fields, tasks = super().get_readonly_fields(request, obj), self._tasks(request, obj)
        return fields if tasks is None else [*fields, tasks]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets, the tasks in one of their own behind the others."""
        fieldsets, tasks = super().get_fieldsets(request, obj), self._tasks(request, obj)
        if tasks is None:
            return fieldsets
        others = [(name, {**options, "fields": _without(options, tasks)}) for name, options in fieldsets]
        return [*others, (None, {"fields": [tasks]})]

    def _tasks(self, request: HttpRequest, obj: Any) -> "_Tasks | None":
        audience = policy.audience_of(request.user)
        is_shown = obj is not None and audience is not None and audience.sees_all_tasks
        return _Tasks(request, self.admin_site.name) if is_shown else None


def _without(options: Any, tasks: "_Tasks") -> list[Any]:
    return [field for field in options["fields"] if field != tasks]


@dataclass(frozen=True, slots=True)
class _Tasks:
    """A read-only field: the same one wherever a request asks for it."""

    request: HttpRequest
    site: str

    __name__ = "task_logs"
    short_description = _("tasks")

    def __call__(self, subject: Model) -> SafeString:
        visible = policy.logs_visible_to(self.request.user)
        logs = list(visible.about(subject).without().newest_first()[: NEWEST + 1])
        shown = {
            "rows": self._rows(logs[:NEWEST]),
            "has_more": len(logs) > NEWEST,
            "newest": NEWEST,
            "list_url": self._address("changelist", about__exact=about_key(subject)),
        }
        return render_to_string(TEMPLATE, shown, self.request)

    def _rows(self, logs: list[TaskLog]) -> list[dict[str, Any]]:
        audience = policy.audience_of(self.request.user)
        assert audience is not None
        records = snapshot.items(logs, audience, keys=KEYS)
        names = names_of_owners({record["owner"] for record in records} - {None})
        return [
            {
                **record,
                "owner": names.get(record["owner"], record["owner"]),
                "created": snapshot.timestamp(log.created),
                "url": self._address("change", log.pk),
            }
            for log, record in zip(logs, records, strict=True)
        ]

    def _address(self, page: str, *args: object, **parameters: str) -> str | None:
        """Return the address of a page of the tasks; None where this site of the admin has none."""
        try:
            address = reverse(f"admin:progress_updater_tasklog_{page}", args=args, current_app=self.site)
        except NoReverseMatch:
            return None
        return f"{address}?{urlencode(parameters)}" if parameters else address
