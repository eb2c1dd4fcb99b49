"""The list of tasks."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot
from progress_updater.api.filters import ListParameters, keys_wanted
from progress_updater.api.schema import TaskLogPage, TaskLogPartPage
from progress_updater.api.views.pages import PagedView
from progress_updater.recording.clean import task_key
from progress_updater.snapshot import Order


class TaskLogList(PagedView):
    """Show the tasks that the reader may see, the newest first."""

    parameters = ListParameters
    operation = "tasklogs_list"
    answers = (TaskLogPage, TaskLogPartPage)
    columns = {"created": snapshot.NEWEST_FIRST.columns}

    def get(self, request: Request) -> Response:
        """Answer with one page of them."""
        logs = self.reader.logs.matching(**self._conditions())
        page = snapshot.items_page(
            logs.with_place_by_tag() if "tag" in self.wanted else logs,
            self.audience,
            size=self.wanted["page_size"],
            order=self.order(),
            position=self.position(),
            keys=keys_wanted(self.wanted, snapshot.ITEM),
        )
        return self.answer(page)

    def order(self) -> Order:
        """Return the order that the reader asked for; it is the same with a tag and without."""
        order = super().order()
        return replace(order, columns=snapshot.BY_TAG.columns) if "tag" in self.wanted else order

    def _conditions(self) -> dict[str, Any]:
        about_the_page = {"order", "cursor", "page_size", "fields", "omit"}
        conditions = {name: value for name, value in self.wanted.items() if name not in about_the_page}
        if "root" in conditions:
            conditions["root"] = task_key(conditions["root"])
        return conditions
