"""The owner of tasks that a request sends: its user."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from progress_updater.contexts import owner_key
from progress_updater.recording.context import TaskContext, task_context
from progress_updater.recording.guard import guard


class TaskOwnerMiddleware:
    """Make the request's user the owner of the tasks that are sent while it is answered.

    The user is looked up only when a task is really sent; in asynchronous code, where nobody may wait at that
    moment, before the view. It stands after AuthenticationMiddleware.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a request."""
        if self._is_async:
            return self._answer_async(request)
        token = task_context.set(TaskContext(owner=lambda: _owner_of(request)))
        try:
            response: HttpResponseBase = self.get_response(request)
        finally:
            task_context.reset(token)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        token = task_context.set(TaskContext(owner=owner_key(await _user_of(request))))
        try:
            response: HttpResponseBase = await self.get_response(request)
        finally:
            task_context.reset(token)
        return response


def _owner_of(request: HttpRequest) -> str | None:
    return owner_key(getattr(request, "user", None))


async def _user_of(request: HttpRequest) -> object:
    try:
        return await request.auser() if hasattr(request, "auser") else None
    except Exception as error:
        # The view may do without a user; so does the record.
        guard.report(error, "look up the user of a request")
        return None
