"""What the project does differently."""

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response


class ShoutingRenderer(JSONRenderer):
    media_type = "application/vnd.shop+json"
    format = "shop"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return super().render(data, *args, **kwargs).upper()


class NothingIsAcceptable(BaseContentNegotiation):
    def select_parser(self, *args: Any) -> Any:
        return None

    def select_renderer(self, *args: Any) -> Any:
        raise NotAcceptable


def everything_is_fine(exc: Exception, context: dict[str, Any]) -> Response:
    return Response({"fine": True}, status=200)


def forget_everything(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {"forgotten": True}


def forget_all_endpoints(endpoints: list[Any]) -> list[Any]:
    return []
