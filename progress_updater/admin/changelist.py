"""The list of task logs: pages that begin behind a row, so that no row is ever counted or skipped."""

from collections.abc import Mapping
from typing import Any, Final, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from progress_updater import policy, snapshot
from progress_updater.admin.addresses import check_values
from progress_updater.admin.dates import DateLinks, date_links
from progress_updater.admin.owners import names_of_owners
from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet

OLDER: Final = "older"
NEWER: Final = "newer"

KEYS: Final = frozenset(
    {"state", "custom_state", "finished", "progress", "runtime", "owner", "alive", "stalled"}
)
"""What a line of the list shows of a record."""


class TaskLogChangeList(ChangeList):
    """Show one page, the newest first, with links to the older and the newer ones."""

    result_list: Any

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[TaskLog]:
        """Filter and search; the place in the list is no filter."""
        check_values(request.GET)
        for name in (OLDER, NEWER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        queryset: QuerySet[TaskLog] = super().get_queryset(request, exclude_parameters)
        return queryset

    def get_results(self, request: HttpRequest) -> None:
        """Read one page, and the record of each of its rows."""
        logs = cast(TaskLogQuerySet, self.queryset).without()
        page = snapshot.read_page(
            logs, snapshot.NEWEST_FIRST, _position(request.GET), self.list_per_page, read=list
        )
        self.newer, self.older = self._link(page.previous), self._link(page.next)
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(page.rows)
        self.can_show_all = self.multi_page = False
        self._add_records(request, page.rows)

    @cached_property
    def dates(self) -> DateLinks | None:
        """The links of the date hierarchy."""
        return date_links(self)

    @cached_property
    def is_live(self) -> bool:
        """Whether the page is worth to be fetched again: the newest rows, or rows that still change."""
        return self.newer is None or not all(log.record["finished"] for log in self.result_list)

    def _add_records(self, request: HttpRequest, logs: list[Any]) -> None:
        audience = policy.audience_of(request.user)
        assert audience is not None
        records = snapshot.items(logs, audience, keys=KEYS)
        names = names_of_owners({record["owner"] for record in records} - {None})
        for log, record in zip(logs, records, strict=True):
            log.record = {**record, "owner": names.get(record["owner"], record["owner"])}

    def _link(self, position: snapshot.Position | None) -> str | None:
        if position is None:
            return None
        created, pk = position.values
        name = NEWER if position.backward else OLDER
        return self.get_query_string({name: f"{created.isoformat()}~{pk}"})


def _position(parameters: Mapping[str, str]) -> snapshot.Position | None:
    name = next((each for each in (OLDER, NEWER) if each in parameters), None)
    if name is None:
        return None
    created, _, pk = parameters[name].partition("~")
    try:
        values = (snapshot.read_time(created), snapshot.read_number(int(pk)))
    except ValueError as error:
        raise IncorrectLookupParameters from error
    return snapshot.Position(values=values, backward=name == NEWER)
