"""Errors as the API answers them: {"detail": "…", "code": "…", "param": "…"}."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response


class ParameterError(exceptions.APIException):
    """A query parameter that cannot be understood; the answer names it."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"

    def __init__(self, param: str, detail: Any, code: str | None = None) -> None:
        super().__init__(detail, code)
        self.param = param


class TaskNotFound(exceptions.NotFound):
    """There is no such task, or it is somebody else's: the answer does not tell which."""

    default_detail = gettext_lazy("There is no task with this id, or you may not see it.")


class Conflict(exceptions.APIException):
    """The task is not in a state for this; the code says why."""

    status_code = status.HTTP_409_CONFLICT


class Unavailable(exceptions.APIException):
    """Something behind the API is away."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "broker_unavailable"


def respond_to_error(exc: Exception, _: dict[str, Any]) -> Response | None:
    """Answer an exception.

    Args:
        exc: what a view, or what is around it, raised.

    Returns:
        The answer; None for an exception that is a fault, which is left to Django.
    """
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    body = {"detail": _sentence(exc.detail), "code": _code(exc), "param": getattr(exc, "param", None)}
    return Response(body, status=exc.status_code, headers=_headers(exc))


def _sentence(detail: Any) -> str:
    while isinstance(detail, (dict, list)):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail), "")
    return str(detail)


def _code(exc: exceptions.APIException) -> str:
    codes: Any = exc.get_codes()
    return codes if isinstance(codes, str) else exc.default_code


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    challenge, seconds = getattr(exc, "auth_header", None), getattr(exc, "wait", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    if seconds:
        headers["Retry-After"] = str(int(seconds))
    return headers
