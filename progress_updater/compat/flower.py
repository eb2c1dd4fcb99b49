"""What Flower 2 answers about tasks, from our tables: for readers of details."""

from typing import Any, Final

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from progress_updater.api.errors import ParameterError
from progress_updater.api.parameters import Choice, Moment, Text
from progress_updater.api.views.base import ProgressView, RecordView
from progress_updater.compat.flower_search import NAME, SearchError, is_named, ran_on, search
from progress_updater.compat.flower_tasks import flower_tasks, our_states
from progress_updater.compat.parameters import IgnoredParameters
from progress_updater.policy import audience_of, logs_visible_to
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.recording.clean import task_key

DEFAULT_LIMIT: Final = 1_000
LARGEST_LIMIT: Final = 1_000
_LARGEST_OFFSET: Final = 2**31
_ALL: Final = "All"
_ORDERS: Final[dict[str, Any]] = {
    "name": NAME,
    "state": F("state"),
    "received": F("created"),
    "started": F("start"),
}


class ReadsDetails(BasePermission):
    """Let in who may see everything of any task."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the user may."""
        audience = audience_of(request.user)
        return audience is not None and audience.sees_details


class FlowerParameters(IgnoredParameters):
    """What Flower's list of tasks takes."""

    limit = serializers.IntegerField(default=DEFAULT_LIMIT, help_text=_("Tasks at the most."))
    offset = serializers.IntegerField(default=0, help_text=_("Tasks left out at the start."))
    sort_by = Choice(
        choices=[sign + name for name in _ORDERS for sign in ("", "-")],
        required=False,
        help_text=_("The order; a minus sign turns it round. Without it the newest come first."),
    )
    workername = Text(required=False, help_text=_("The name of the worker."))
    taskname = Text(required=False, help_text=_("The whole name of the task."))
    state = Text(required=False, help_text=_("The state."))
    received_start = Moment(
        input_formats=["%Y-%m-%d %H:%M"], required=False, help_text=_("Sent at this time or later.")
    )
    received_end = Moment(
        input_formats=["%Y-%m-%d %H:%M"], required=False, help_text=_("Sent at this time or before.")
    )
    search = Text(required=False, max_length=None, help_text=_("Words, in Flower's syntax."))


class TaskInfo(RecordView):
    """Show one task."""

    permission_classes = [ReadsDetails]
    parameters = IgnoredParameters

    def get(self, request: Request, taskid: str) -> Response:
        """Answer with it."""
        return Response(flower_tasks([self.log(task_key(taskid))])[0])


class TaskList(ProgressView):
    """Show tasks."""

    permission_classes = [ReadsDetails]
    parameters = FlowerParameters

    def get(self, request: Request) -> Response:
        """Answer with them, by their ids."""
        begin = min(max(self.wanted["offset"], 0), _LARGEST_OFFSET)
        size = min(max(self.wanted["limit"], 0), LARGEST_LIMIT)
        logs = self._ordered(self._kept(logs_visible_to(request.user)))[begin : begin + size]
        return Response({task["uuid"]: _listed(task) for task in flower_tasks(list(logs))})

    def _kept(self, logs: TaskLogQuerySet) -> TaskLogQuerySet:
        wanted = {name: value for name, value in self.wanted.items() if value != _ALL}
        if "taskname" in wanted:
            logs = logs.filter(is_named(wanted["taskname"]))
        if "workername" in wanted:
            logs = logs.filter(ran_on(worker__iexact=wanted["workername"]))
        if "state" in wanted:
            logs = logs.filter(state__in=our_states(wanted["state"]))
        return self._found(self._in_time(logs))

    def _in_time(self, logs: TaskLogQuerySet) -> TaskLogQuerySet:
        if "received_start" in self.wanted:
            logs = logs.filter(created__gte=self.wanted["received_start"])
        if "received_end" in self.wanted:
            logs = logs.filter(created__lte=self.wanted["received_end"])
        return logs

    def _found(self, logs: TaskLogQuerySet) -> TaskLogQuerySet:
        try:
            return logs.filter(search(self.wanted.get("search", "")))
        except SearchError as error:
            raise ParameterError("search", str(error)) from None

    def _ordered(self, logs: TaskLogQuerySet) -> TaskLogQuerySet:
        order = self.wanted.get("sort_by")
        if order is None:
            return logs.newest_first()
        expression, key = _ORDERS[order.removeprefix("-")], "-task_uuid" if order[0] == "-" else "task_uuid"
        if order.startswith("-"):
            return logs.order_by(expression.desc(nulls_last=True), key)
        return logs.order_by(expression.asc(nulls_first=True), key)


def _listed(task: dict[str, Any]) -> dict[str, Any]:
    """Return a task as it stands in Flower's list: there the worker comes last, if it is known."""
    worker = task.pop("worker")
    return task if worker is None else {**task, "worker": worker}


class TaskTypes(ProgressView):
    """Show the names of all tasks."""

    permission_classes = [ReadsDetails]
    parameters = IgnoredParameters

    def get(self, request: Request) -> Response:
        """Answer with them."""
        names = logs_visible_to(request.user).order_by().values_list(NAME, flat=True).distinct()
        return Response({"task-types": sorted(names)})
