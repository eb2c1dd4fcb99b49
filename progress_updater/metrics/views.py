"""The page that Prometheus reads."""

from django.http import HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from progress_updater.api.rendering import TextRenderer
from progress_updater.api.views.base import ProgressView
from progress_updater.metrics.process import ProcessCollector
from progress_updater.metrics.tasks import TasksCollector
from progress_updater.policy import Audience, audience_of

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class IsReaderOfDetails(BasePermission):
    """Let in who may see everything: names of tasks are of all owners."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the user reads details."""
        return audience_of(request.user) is Audience.DETAILS


class Metrics(ProgressView):
    """Answer in the text format of Prometheus.

    `Metrics.as_view(permission_classes=[...])` lets in whom a project wants to.
    """

    renderer_classes = [TextRenderer]
    permission_classes = [IsReaderOfDetails]

    def get(self, request: Request) -> HttpResponse:
        """Collect all numbers now."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(TasksCollector())
        registry.register(ProcessCollector())
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE)
