"""What all addresses of the API have in common."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from progress_updater.api.errors import TaskNotFound, respond_to_error
from progress_updater.api.parameters import Parameters
from progress_updater.api.rendering import JsonParser, JsonRenderer, TheOneRenderer
from progress_updater.api.schema import Shape
from progress_updater.api.tokens import HEADER
from progress_updater.models import TaskLog
from progress_updater.policy import Audience, Reader
from progress_updater.querysets import TaskLogQuerySet


class IsReader(BasePermission):
    """Let in who may see any task at all."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the reader is somebody."""
        return isinstance(view, ProgressView) and view.reader.audience is not None


class ProgressView(APIView):
    """Answer the same in every project: only authentication and throttles are the project's own."""

    renderer_classes = [JsonRenderer]
    parser_classes = [JsonParser]
    permission_classes = [IsReader]
    content_negotiation_class = TheOneRenderer
    metadata_class = None
    versioning_class = None
    http_method_names = ["get", "head"]
    schema = None
    """No other OpenAPI document than our own speaks of our addresses."""

    parameters: type[Parameters] = Parameters
    """What the address takes; like what follows, for the OpenAPI document too."""
    operation = ""
    """Its name in the document, empty where it is not in it."""
    answers: tuple[type[Shape], ...] = ()
    """The shapes that an answer can have; none for plain text."""
    success = 200
    """The status of an answer that is no error."""
    body: type[Shape] | None = None
    """What a request carries."""
    problems: Mapping[str, str] = {}
    """Further statuses of errors, with their meaning."""
    has_etag = False
    """Whether an answer has an entity tag."""
    also: Mapping[str, type["ProgressView"]] = {}
    """What is done at the same address by other methods."""

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        """Return the view function, kept out of ATOMIC_REQUESTS.

        A transaction would show a waiting request nothing new, and would hold a connection meanwhile.
        """
        view = super().as_view(**options)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Leave it to the view of the method."""
        view = self.also.get(str(request.method))
        answer = super().dispatch if view is None else view.as_view()
        answered: HttpResponseBase = answer(request, *args, **kwargs)
        return answered

    @property
    def allowed_methods(self) -> list[str]:
        """What can be done at the address."""
        return [*super().allowed_methods, *self.also]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the request before it is answered."""
        super().initial(request, *args, **kwargs)
        self.wanted = self.parameters.read(request.query_params)

    @property
    def reader(self) -> Reader:
        """Who asks."""
        return Reader(self.request.user)

    @property
    def audience(self) -> Audience:
        """For whom the answer is made."""
        audience = self.reader.audience
        assert audience is not None
        return audience

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return what answers errors."""
        return respond_to_error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Complete an answer: errors are JSON everywhere, and no cache gives it to somebody else."""
        if isinstance(response, Response):
            request.accepted_renderer, request.accepted_media_type = JsonRenderer(), JsonRenderer.media_type
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie", HEADER])
        return response


class RecordView(ProgressView):
    """Answer about one task."""

    def visible(self, task_uuid: str) -> TaskLogQuerySet:
        """Ask for the task's log, if the reader may see it."""
        return self.reader.logs.filter(task_uuid=task_uuid)

    def log(self, task_uuid: str) -> TaskLog:
        """Return the task's log.

        Raises:
            TaskNotFound: there is none, or the reader may not see it.
        """
        log: TaskLog | None = self.visible(task_uuid).first()
        if log is None:
            raise self.not_found()
        return log

    def not_found(self) -> APIException:
        """Return what is raised where the reader sees no such task."""
        return TaskNotFound()
