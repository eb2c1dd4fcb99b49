"""The addresses of celery-progress, under their names: put this in the place of "celery_progress.urls".

`path("celery-progress/", include("progress_updater.compat.celery_progress_urls"))`. With a third argument,
`{"owners_see_results": True}`, whoever may see a task gets its result, and not only readers of details.
"""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import re_path
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from progress_updater.api.parameters import Parameters
from progress_updater.api.views.base import ProgressView
from progress_updater.api.views.bearers import BearerView
from progress_updater.compat.celery_progress import group_answer, task_answer, unknown_task
from progress_updater.compat.parameters import IgnoredParameters
from progress_updater.recording.clean import task_key

app_name = "celery_progress"


class StatusView(ProgressView):
    """Answer everybody, and with 200: at any other status the client stops for good."""

    permission_classes = []
    throttle_classes = []
    parameters: type[Parameters] = IgnoredParameters

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Return JSON, whatever the request says that it accepts."""
        return super().perform_content_negotiation(request, force=True)


class TaskStatus(StatusView, BearerView):
    """Tell how far a task is."""

    def get(self, request: Request, task_id: str, *, owners_see_results: bool = False) -> HttpResponse:
        """Answer with it; a task that is not the reader's is as unknown as one that is not there."""
        log = self.visible(task_key(task_id)).first()
        if log is None:
            return _json(unknown_task())
        return _json(task_answer(log, self.audience, owners_see_results=owners_see_results))


class GroupStatus(StatusView):
    """Tell how far a group is."""

    def get(self, request: Request, group_id: str, *, owners_see_results: bool = False) -> HttpResponse:
        """Answer with it; of its members those count that the reader may see."""
        return _json(group_answer(self.reader.logs, task_key(group_id)))


def _json(answer: dict[str, Any]) -> HttpResponse:
    return HttpResponse(json.dumps(answer), content_type="application/json")


urlpatterns = [
    re_path(r"^(?P<task_id>[\w-]+)/$", TaskStatus.as_view(), name="task_status"),
    re_path(r"^g/(?P<group_id>[\w-]+)/$", GroupStatus.as_view(), name="group_status"),
]
