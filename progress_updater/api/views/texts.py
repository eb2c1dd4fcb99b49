"""The whole text of one task, in pieces where it is long."""

from collections.abc import AsyncIterator, Iterator
from itertools import chain

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from progress_updater import snapshot
from progress_updater.api.filters import LogParameters
from progress_updater.api.rendering import TextRenderer
from progress_updater.api.views.attempts import naming_the_attempt
from progress_updater.api.views.bearers import BearerView

_PLAIN_TEXT = "text/plain; charset=utf-8"


class TaskLogText(BearerView):
    """Show the classic text of a task."""

    renderer_classes = [TextRenderer]
    parameters = LogParameters
    operation = "tasklogs_log_retrieve"

    def get(self, request: Request, task_uuid: str) -> HttpResponseBase:
        """Answer with it."""
        log = self.log(task_uuid)
        with naming_the_attempt(log):
            pieces = snapshot.text_of(log, self.audience, attempt=self.wanted.get("attempt"))
        first, second = next(pieces), next(pieces, None)
        if second is None:
            return HttpResponse(first, content_type=_PLAIN_TEXT)
        all_of_them = chain([first, second], pieces)
        is_asynchronous = hasattr(request, "scope")
        content = _asynchronously(all_of_them) if is_asynchronous else all_of_them
        return StreamingHttpResponse(content, content_type=_PLAIN_TEXT)


async def _asynchronously(pieces: Iterator[str]) -> AsyncIterator[str]:
    def following() -> str | None:
        return next(pieces, None)

    while (piece := await sync_to_async(following)()) is not None:
        yield piece
