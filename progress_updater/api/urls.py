"""The addresses of the API."""

from importlib.util import find_spec

from django.urls import path, register_converter

from progress_updater.api.task_ids import TaskIdConverter
from progress_updater.api.views.actions import CancelTask, RetryTask
from progress_updater.api.views.canvases import TaskLogTree
from progress_updater.api.views.documents import Document, TryOut, TryOutAsset
from progress_updater.api.views.entries import TaskLogMessages, TaskLogSteps
from progress_updater.api.views.lists import TaskLogList
from progress_updater.api.views.records import TaskLogDetail
from progress_updater.api.views.texts import TaskLogText

register_converter(TaskIdConverter, "progress_updater_task_id")

_TASK = "tasklogs/<progress_updater_task_id:task_uuid>/"

urlpatterns = [
    path("tasklogs/", TaskLogList.as_view(), name="tasklog-list"),
    path(_TASK, TaskLogDetail.as_view(), name="tasklog-detail"),
    path(f"{_TASK}messages/", TaskLogMessages.as_view(), name="tasklog-messages"),
    path(f"{_TASK}steps/", TaskLogSteps.as_view(), name="tasklog-steps"),
    path(f"{_TASK}tree/", TaskLogTree.as_view(), name="tasklog-tree"),
    path(f"{_TASK}log/", TaskLogText.as_view(), name="tasklog-log"),
    path(f"{_TASK}cancel/", CancelTask.as_view(), name="tasklog-cancel"),
    path(f"{_TASK}retry/", RetryTask.as_view(), name="tasklog-retry"),
]

if find_spec("drf_spectacular"):
    urlpatterns.append(path("schema/", Document.as_view(), name="schema"))
    if find_spec("drf_spectacular_sidecar"):
        urlpatterns.append(path("docs/", TryOut.as_view(), name="docs"))
        urlpatterns.append(path("docs/<str:name>", TryOutAsset.as_view(), name="docs-asset"))
