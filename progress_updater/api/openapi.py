"""The OpenAPI document, made by drf-spectacular from what the views declare.

The project's SPECTACULAR_SETTINGS do not reach it, and its views are in no other document. What is the
project's own in it: the security schemes, which follow from DEFAULT_AUTHENTICATION_CLASSES.
"""

import inspect
from functools import cache
from threading import Lock
from typing import Any, Final

from django.utils import translation
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import SPECTACULAR_DEFAULTS, patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer
from rest_framework import status

from progress_updater import __version__
from progress_updater.api import urls
from progress_updater.api.schema import Error
from progress_updater.api.tokens import HEADER, PARAMETER
from progress_updater.api.views.base import ProgressView, RecordView
from progress_updater.api.views.bearers import BearerView

_JSON: Final = "application/json"
_PROBLEMS: Final = {
    "400": "A query parameter is wrong; “param” names it.",
    "401": "Nobody is logged in, or the token is bad; “code” says which.",
    "403": "The same, where the project knows no way to log in; or the token of a user who needs it is bad.",
    "404": "There is no such task, or the user may not see it.",
    "406": "The answer has none of the accepted formats.",
    "429": "Too many requests; Retry-After says when to come back.",
}
_MARK: Final = "x-spec-enum-id"
_TIME: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
_TASK_ID: Final = OpenApiParameter(
    "task_uuid",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The task's id. One that has a slash is written as “~” and its base64url form.",
)
_KNOWN_TAG: Final = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The entity tag that is known."
)
_TAG: Final = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 304],
    description="The same while there is nothing new but the time.",
)


_TOKENS: Final = {
    name: {"type": "apiKey", "in": place, "name": key, "description": "A token for this one task."}
    for name, place, key in (("taskToken", "query", PARAMETER), ("taskTokenHeader", "header", HEADER))
}


class DeclaredSchema(AutoSchema):
    """Describe a view by its parameters and its answers."""

    view: Any

    def get_operation_id(self) -> str:
        """Return the name of the operation."""
        return str(self.view.operation)

    def get_description(self) -> str:  # type: ignore[override]
        """Return what the address is for."""
        return inspect.getdoc(type(self.view)) or ""

    def get_tags(self) -> list[str]:
        """Return the chapter of the document."""
        return ["tasklogs"]

    def get_override_parameters(self) -> list[Any]:
        """Return what the address takes, and the headers of the answer."""
        of_the_task = [_TASK_ID] if isinstance(self.view, RecordView) else []
        tags = [_KNOWN_TAG, _TAG] if self.view.has_etag else []
        in_query = [self.view.parameters] if self.view.parameters().fields else []
        return [*of_the_task, *in_query, *tags]

    def get_auth(self) -> list[Any]:
        """Return by which rights the address can be used."""
        tokens = _TOKENS if isinstance(self.view, BearerView) else {}
        return [*super().get_auth(), *({name: []} for name in tokens)]

    def get_request_serializer(self) -> Any:
        """Return what a request carries."""
        return self.view.body

    def get_response_serializers(self) -> Any:
        """Return the answer, and all errors."""
        answers: dict[Any, Any] = {}
        if self.view.success == status.HTTP_204_NO_CONTENT:
            answers["204"] = OpenApiResponse(description="It is done.")
        else:
            answers[str(self.view.success), self.view.renderer_classes[0].media_type] = self._answer()
        if self.view.has_etag:
            answers["304"] = OpenApiResponse(description="There is nothing new.")
        for code, description in {**_PROBLEMS, **self.view.problems}.items():
            if code != "404" or isinstance(self.view, RecordView):
                answers[code, _JSON] = OpenApiResponse(Error, description)
        return answers

    def _answer(self) -> Any:
        shapes = self.view.answers
        if not shapes:
            return OpenApiTypes.STR
        if len(shapes) == 1:
            return shapes[0]
        name = "Or".join(shape.__name__ for shape in shapes)
        return PolymorphicProxySerializer(name, list(shapes), resource_type_field_name=None)


class _OwnEndpoints(EndpointEnumerator):
    def should_include_endpoint(self, path: str, callback: Any) -> bool:
        view = getattr(callback, "cls", None)
        return view is not None and issubclass(view, ProgressView) and bool(view.operation)


class _OwnGenerator(SchemaGenerator):
    endpoint_inspector_cls = _OwnEndpoints

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        another = callback.cls.also.get(method)
        chosen = callback if another is None else another.as_view()
        view = super().create_view(chosen, method, request)  # type: ignore[no-untyped-call]
        view.schema = schema = DeclaredSchema()
        schema.view = view
        return view


def make_exact(result: dict[str, Any], **_: Any) -> Any:
    """Say what is not said yet of the answers. It is called by drf-spectacular.

    They have no other keys, times have six decimals, a part of a record may be all of it, and tokens let in.

    Args:
        result: the document.

    Returns:
        The document to serve.
    """
    plain = _without_marks(result)
    plain["components"].setdefault("securitySchemes", {}).update(_TOKENS)
    for shape in plain["components"]["schemas"].values():
        if "oneOf" in shape:
            shape["anyOf"] = shape.pop("oneOf")
        if "properties" in shape:
            shape["additionalProperties"] = False
            for described in shape["properties"].values():
                if described.get("format") == "date-time":
                    described["pattern"] = _TIME
    return plain


def _without_marks(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_marks(each) for each in part]
    if isinstance(part, dict):
        return {key: _without_marks(each) for key, each in part.items() if key != _MARK}
    return part


_OURS: Final = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "progress_updater",
    "DESCRIPTION": "The progress of tasks. Times are UTC, durations are seconds.",
    "VERSION": __version__,
    "SCHEMA_PATH_PREFIX": "",
    "POSTPROCESSING_HOOKS": [f"{__name__}.make_exact"],
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "DISABLE_ERRORS_AND_WARNINGS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
_ABOUT_ITS_VIEWS: Final = ("SERVE_", "DEFAULT_GENERATOR_CLASS")
_lock: Final = Lock()


def document(address: str) -> dict[str, Any]:
    """Describe the API.

    Args:
        address: where the API is mounted, without a slash at the end.

    Returns:
        An OpenAPI 3.1 document, in English.
    """
    with _lock:
        return {**_generated(), "servers": [{"url": address}]}


@cache
def _generated() -> dict[str, Any]:
    defaults = {
        key: value for key, value in SPECTACULAR_DEFAULTS.items() if not key.startswith(_ABOUT_ITS_VIEWS)
    }
    with patched_settings({**defaults, **_OURS}), translation.override("en"):
        generator: Any = _OwnGenerator(patterns=urls.urlpatterns)  # type: ignore[no-untyped-call]
        generated: dict[str, Any] = generator.get_schema(public=True)
    return generated
