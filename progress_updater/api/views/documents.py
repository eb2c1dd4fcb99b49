"""The OpenAPI document, and a page to try the API on; nothing is loaded from elsewhere."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater.api.rendering import JsonRenderer
from progress_updater.api.views.base import ProgressView

_SWAGGER: Final = "static/drf_spectacular_sidecar/swagger-ui-dist"
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "png": "image/png"}


class HtmlRenderer(JsonRenderer):
    """Stand for a page where a request says what it accepts."""

    media_type = "text/html"
    format = "html"


class AssetRenderer(HtmlRenderer):
    """Stand for any file."""

    media_type = "*/*"


class Document(ProgressView):
    """Show the OpenAPI document."""

    def get(self, request: Request) -> Response:
        """Answer with it."""
        from progress_updater.api.openapi import document

        address = request.path.removesuffix("/").rpartition("/")[0]
        return Response(document(address))


class TryOut(ProgressView):
    """Show a page on which the API can be tried."""

    renderer_classes = [HtmlRenderer]

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with it."""
        return render(request, "progress_updater/api_docs.html")


class TryOutAsset(ProgressView):
    """Hand out what the page is made of, so that the project needs no further app and no collectstatic."""

    renderer_classes = [AssetRenderer]

    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Answer with one file."""
        place = _places().get(name)
        if place is None:
            raise Http404
        response = HttpResponse(place.read_bytes(), content_type=_TYPES[name.rpartition(".")[2]])
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response


def _places() -> dict[str, Traversable]:
    swagger = files("drf_spectacular_sidecar") / _SWAGGER
    names = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
    return {name: swagger / name for name in names} | {"start.js": files("progress_updater.api") / "start.js"}
