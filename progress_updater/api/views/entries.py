"""All steps, or all lines, of one task, page by page."""

from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot
from progress_updater.api.filters import MessagesParameters, StepsParameters, levels_from
from progress_updater.api.schema import MessagePage, StepPage
from progress_updater.api.views.attempts import naming_the_attempt
from progress_updater.api.views.bearers import BearerView
from progress_updater.api.views.pages import PagedView


class TaskLogMessages(BearerView, PagedView):
    """Show what a task said."""

    parameters = MessagesParameters
    operation = "tasklogs_messages_list"
    answers = (MessagePage,)
    columns = {"seq": snapshot.MESSAGE_ORDER.columns}

    def get(self, request: Request, task_uuid: str) -> Response:
        """Answer with one page of it."""
        log = self.log(task_uuid)
        with naming_the_attempt(log):
            page = snapshot.messages_page(
                log,
                self.audience,
                size=self.wanted["page_size"],
                order=self.order(),
                position=self.position(),
                attempt=self.wanted.get("attempt"),
                step=self.wanted.get("step"),
                levels=levels_from(self.wanted.get("level")),
                search=self.wanted.get("search"),
            )
        return self.answer(page, seq=log.seq)


class TaskLogSteps(BearerView, PagedView):
    """Show the steps of a task."""

    parameters = StepsParameters
    operation = "tasklogs_steps_list"
    answers = (StepPage,)
    columns = {"id": snapshot.STEP_ORDER.columns}

    def get(self, request: Request, task_uuid: str) -> Response:
        """Answer with one page of them."""
        log = self.log(task_uuid)
        with naming_the_attempt(log):
            page = snapshot.steps_page(
                log,
                self.audience,
                size=self.wanted["page_size"],
                order=self.order(),
                position=self.position(),
                attempt=self.wanted.get("attempt"),
                parent=self.wanted.get("parent"),
                states=self.wanted.get("state"),
                search=self.wanted.get("search"),
            )
        return self.answer(page, seq=log.seq)
