"""How answers are written: compact JSON, or plain text, whatever the project does elsewhere."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JsonRenderer(BaseRenderer):
    """Write JSON in UTF-8, the keys in their order."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body of an answer."""
        return b"" if data is None else to_json(data)


class TextRenderer(JsonRenderer):
    """Stand for plain text where a request says what it accepts; the text itself needs no renderer."""

    media_type = "text/plain"
    format = "text"


class JsonParser(JSONParser):
    """Read JSON as the standard has it."""

    strict = True

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the body says."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error


class TheOneRenderer(DefaultContentNegotiation):
    """Answer in the view's one format, if the Accept header allows it; `?format=` has no meaning."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the view's renderer."""
        renderer = next(iter(renderers))
        media_type = str(renderer.media_type)
        if not request.accepts(media_type):
            raise NotAcceptable
        return renderer, media_type


def to_json(data: Any) -> bytes:
    """Encode an answer.

    Args:
        data: what the snapshot returned.

    Returns:
        JSON in UTF-8.
    """
    try:
        return orjson.dumps(data)
    except TypeError:
        # An author's data may hold what orjson refuses: numbers beyond 64 bits.
        finite = json.loads(json.dumps(data), parse_constant=lambda _: None)
        return json.dumps(finite, separators=(",", ":")).encode()
