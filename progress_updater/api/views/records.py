"""The record of one task: whole, or what changed in it; at once, or when it changes."""

from typing import Any, NamedTuple

from django.http import HttpResponse, HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot, states
from progress_updater.api.errors import TaskNotFound
from progress_updater.api.etags import etag_of, matches
from progress_updater.api.filters import DetailParameters, keys_wanted
from progress_updater.api.schema import TaskLog as TaskLogShape
from progress_updater.api.schema import TaskLogDelta
from progress_updater.api.views.attempts import naming_the_attempt
from progress_updater.api.views.base import RecordView
from progress_updater.api.waiting import watcher
from progress_updater.models import TaskLog

_PRIVATE = "private, no-cache"


class _Place(NamedTuple):
    pk: int
    seq: int
    state: str


class TaskLogDetail(RecordView):
    """Show a task while it runs and after it ended."""

    parameters = DetailParameters
    operation = "tasklogs_retrieve"
    answers = (TaskLogShape, TaskLogDelta)
    has_etag = True

    def get(self, request: Request, task_uuid: str) -> HttpResponseBase:
        """Answer with the record, with a delta, or with 304 where nothing is new."""
        place = self._place(task_uuid)
        if self._should_wait(place):
            watcher.wait(place.pk, place.seq, self.wanted["wait"])
            place = self._place(task_uuid)
        if self._is_known(place):
            return self._tagged(HttpResponse(status=status.HTTP_304_NOT_MODIFIED), place)
        log = self.log(task_uuid)
        with naming_the_attempt(log):
            return self._tagged(Response(self._answer(log)), log)

    def _place(self, task_uuid: str) -> _Place:
        row = self.visible(task_uuid).values_list(*_Place._fields).first()
        if row is None:
            raise TaskNotFound
        return _Place(*row)

    def _should_wait(self, place: _Place) -> bool:
        if not self.wanted["wait"] or states.is_finished(place.state):
            return False
        if "after" in self.wanted:
            return bool(self.wanted["after"] == place.seq)
        return self._is_known(place) or "If-None-Match" not in self.request.headers

    def _is_known(self, place: _Place) -> bool:
        return matches(self._etag(place), self.request.headers.get("If-None-Match", ""))

    def _etag(self, place: _Place | TaskLog) -> str:
        media_type = str(self.request.accepted_media_type)
        return etag_of(place.pk, place.seq, self.audience, self.request.query_params, media_type)

    def _answer(self, log: TaskLog) -> dict[str, Any]:
        after, attempt = self.wanted.get("after"), self.wanted.get("attempt")
        keys = keys_wanted(self.wanted, snapshot.DELTA)
        if after is None:
            return snapshot.detail(log, self.audience, attempt=attempt, keys=keys)
        return snapshot.delta(log, self.audience, after=after, attempt=attempt, keys=keys)

    def _tagged(self, response: HttpResponseBase, place: _Place | TaskLog) -> HttpResponseBase:
        response.headers["ETag"] = self._etag(place)
        response.headers["Cache-Control"] = _PRIVATE
        return response
