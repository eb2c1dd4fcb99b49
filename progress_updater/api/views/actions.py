"""What is done to a task: cancel it, send it again, delete its record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rest_framework import status
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import policy, snapshot, wording
from progress_updater.actions.cancel import cancel
from progress_updater.actions.delete import delete
from progress_updater.actions.refusals import BrokerAway, Refused
from progress_updater.actions.retry import retry
from progress_updater.api.errors import Conflict, ParameterError, Unavailable
from progress_updater.api.schema import Cancellation, TaskLogItem
from progress_updater.api.views.base import RecordView
from progress_updater.models import TaskLog


class ActionView(RecordView):
    """Do something to one task, for who may."""

    http_method_names = ["post"]
    answers = (TaskLogItem,)
    action = ""
    """Its name among policy.PERMISSIONS."""
    problems = {
        "403": "Nobody is logged in, the CSRF token is missing, or the user may not do this.",
        "409": "The task is not in a state for this; “code” says why.",
        "503": "The broker is away.",
    }

    def log_to_change(self, task_uuid: str) -> TaskLog:
        """Return the task's log, if the user may do this to it.

        Raises:
            TaskNotFound: there is none, or the user may not see it.
            PermissionDenied: the user may only see it.
        """
        log = self.log(task_uuid)
        if not policy.may(self.request.user, self.action, log):
            raise PermissionDenied(wording.MAY_NOT)
        return log

    def answer(self, log: TaskLog) -> Response:
        """Answer with the record of a task."""
        return Response(snapshot.item(log, self.audience), status=self.success)


@contextmanager
def telling_refusals() -> Iterator[None]:
    """Answer what an action refuses.

    Yields:
        Nothing.
    """
    try:
        yield
    except Refused as refusal:
        raise Conflict(str(refusal), refusal.code) from refusal
    except BrokerAway as error:
        raise Unavailable(str(error)) from error


class RetryTask(ActionView):
    """Send a task that has finished again: with the same arguments, queue and options, and a new id.

    The answer is the record of the new task; its “retry_of” is the id of the first.
    """

    operation = "tasklogs_retry"
    action = "retry"
    success = status.HTTP_201_CREATED

    def post(self, request: Request, task_uuid: str) -> Response:
        """Answer with the new task."""
        log = self.log_to_change(task_uuid)
        with telling_refusals():
            return self.answer(retry(log))


class DeleteTaskLog(ActionView):
    """Delete the record of a task that has finished, with its attempts, steps, lines and tags."""

    http_method_names = ["delete"]
    operation = "tasklogs_destroy"
    action = "delete"
    success = status.HTTP_204_NO_CONTENT
    problems = {name: meaning for name, meaning in ActionView.problems.items() if name != "503"}

    def delete(self, request: Request, task_uuid: str) -> Response:
        """Answer with nothing."""
        log = self.log_to_change(task_uuid)
        with telling_refusals():
            delete(log)
        return Response(status=self.success)


class CancelTask(ActionView):
    """Ask a task to stop: one that waits does not begin, one that runs stops where its code looks.

    The answer is its record. It ends REVOKED when it has stopped; `cancel_requested` is true from now on.
    """

    operation = "tasklogs_cancel"
    action = "cancel"
    success = status.HTTP_202_ACCEPTED
    body = Cancellation
    problems = {
        **ActionView.problems,
        "400": "The body is no JSON object of that shape; “param” names what is wrong.",
        "415": "The body is no JSON.",
    }

    def post(self, request: Request, task_uuid: str) -> Response:
        """Answer with the record of the task."""
        log = self.log_to_change(task_uuid)
        how = _checked(request.data)
        if how["terminate"] and not policy.has_permission(request.user, self.action):
            raise PermissionDenied(wording.MAY_NOT_TERMINATE)
        with telling_refusals():
            return self.answer(cancel(log, terminate_after=how["grace"] if how["terminate"] else None))


def _checked(body: Any) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise ParseError(wording.NO_OBJECT)
    shape = Cancellation(data=body)
    unknown = next((str(name) for name in body if name not in shape.fields), None)
    if unknown is not None:
        raise ParameterError(unknown, wording.UNKNOWN_KEY % {"name": unknown}, "unknown_parameter")
    if not shape.is_valid():
        name, problem = next(iter(shape.errors.items()))
        raise ParameterError(name, problem)
    checked: dict[str, Any] = shape.validated_data
    return checked
