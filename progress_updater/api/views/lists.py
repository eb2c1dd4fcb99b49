"""The list of tasks."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot
from progress_updater.api.filters import ListParameters, keys_wanted
from progress_updater.api.schema import TaskLogPage, TaskLogPartPage
from progress_updater.api.views.pages import PagedView
from progress_updater.recording.clean import task_key


class TaskLogList(PagedView):
    """Show the tasks that the reader may see, the newest first."""

    parameters = ListParameters
    operation = "tasklogs_list"
    answers = (TaskLogPage, TaskLogPartPage)
    columns = {"created": ("created", "id")}

    def get(self, request: Request) -> Response:
        """Answer with one page of them."""
        page = snapshot.items_page(
            self.reader.logs.matching(**self._conditions()),
            self.audience,
            size=self.wanted["page_size"],
            order=self.order(),
            position=self.position(),
            keys=keys_wanted(self.wanted, snapshot.ITEM),
        )
        return self.answer(page)

    def _conditions(self) -> dict[str, Any]:
        about_the_page = {"order", "cursor", "page_size", "fields", "omit"}
        conditions = {name: value for name, value in self.wanted.items() if name not in about_the_page}
        if "root" in conditions:
            conditions["root"] = task_key(conditions["root"])
        return conditions
