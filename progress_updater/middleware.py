"""The owner of tasks that a request sends: its user."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from progress_updater.contexts import owner_key
from progress_updater.recording.context import TaskContext, task_context


class TaskOwnerMiddleware:
    """Make the request's user the owner of the tasks that are sent while it is answered.

    The user is looked up only when a task is really sent. It stands after AuthenticationMiddleware.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self):
            return self._answer_async(request)
        token = task_context.set(TaskContext(owner=lambda: _owner_of(request)))
        try:
            response: HttpResponseBase = self.get_response(request)
        finally:
            task_context.reset(token)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        user = await request.auser() if hasattr(request, "auser") else None
        token = task_context.set(TaskContext(owner=owner_key(user)))
        try:
            response: HttpResponseBase = await self.get_response(request)
        finally:
            task_context.reset(token)
        return response


def _owner_of(request: HttpRequest) -> str | None:
    return owner_key(getattr(request, "user", None))
