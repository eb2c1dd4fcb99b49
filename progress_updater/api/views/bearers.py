"""What those get who bear a token for one task."""

from functools import cached_property
from typing import Any, NoReturn

from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request

from progress_updater.api.filters import TaskParameters
from progress_updater.api.parameters import Parameters
from progress_updater.api.tokens import Borne, token_of
from progress_updater.api.views.base import RecordView
from progress_updater.policy import Reader, audience_of


class BearerView(RecordView):
    """Answer about one task to the bearer of a token for it, too."""

    parameters: type[Parameters] = TaskParameters

    @cached_property
    def borne(self) -> Borne:
        """The token of the request."""
        return token_of(self.request)

    @property
    def reader(self) -> Reader:
        """Who asks, with the task of the token."""
        return Reader(self.request.user, self.borne.task)

    def permission_denied(self, request: Request, message: Any = None, code: str | None = None) -> NoReturn:
        """Refuse somebody, with the status of who is not logged in; a bad token is named as the reason."""
        try:
            super().permission_denied(request, message=message, code=code)
        except APIException as refusal:
            problem = self.borne.problem
            if problem is None:
                raise
            raise type(refusal)(str(problem), problem.code) from None

    def not_found(self) -> APIException:
        """Return what is raised where the reader sees no such task; a bad token is named as the reason."""
        problem, audience = self.borne.problem, audience_of(self.request.user)
        if problem is None or (audience is not None and audience.sees_all_tasks):
            return super().not_found()
        return PermissionDenied(str(problem), problem.code)
