"""The record of one task: whole, or what changed in it; at once, or when it changes."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpResponse, HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from progress_updater import snapshot, states
from progress_updater.api.etags import etag_of, matches
from progress_updater.api.filters import DetailParameters, keys_wanted
from progress_updater.api.schema import TaskLog as TaskLogShape
from progress_updater.api.schema import TaskLogDelta, TaskLogPart
from progress_updater.api.views.actions import DeleteTaskLog
from progress_updater.api.views.attempts import naming_the_attempt
from progress_updater.api.views.bearers import BearerView
from progress_updater.api.waiting import watcher
from progress_updater.models import TaskLog
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.upkeep.reaper import reap_and_wait

_PRIVATE = "private, no-cache"


class _Place(NamedTuple):
    pk: int
    seq: int
    state: str
    run: str
    silence: float | None
    counted: datetime | None


def _place_of(log: TaskLog) -> _Place:
    return _Place(*(getattr(log, name) for name in _Place._fields))


class TaskLogDetail(BearerView):
    """Show a task while it runs and after it ended."""

    parameters = DetailParameters
    operation = "tasklogs_retrieve"
    answers = (TaskLogShape, TaskLogDelta, TaskLogPart)
    has_etag = True
    also = {"DELETE": DeleteTaskLog}

    def get(self, request: Request, task_uuid: str) -> HttpResponseBase:
        """Answer with the record, with a delta, or with 304 where nothing is new."""
        place = self._reaped(task_uuid, self._place(task_uuid))
        if self._should_wait(place):
            watcher.wait(place.pk, place.seq, self.wanted["wait"])
            place = self._place(task_uuid)
        if self._is_known(place):
            return self._tagged(HttpResponse(status=status.HTTP_304_NOT_MODIFIED), place)
        log = self.log(task_uuid)
        with naming_the_attempt(log):
            return self._tagged(Response(self._answer(log)), _place_of(log))

    def _place(self, task_uuid: str) -> _Place:
        row = self.visible(task_uuid).values_list(*_Place._fields).first()
        if row is None:
            raise self.not_found()
        return _Place(*row)

    def visible(self, task_uuid: str) -> TaskLogQuerySet:
        """Return the log, if the reader may see it, with what its entity tag depends on."""
        return super().visible(task_uuid).with_silence().with_count()

    def _reaped(self, task_uuid: str, place: _Place) -> _Place:
        """Have a task stored as lost whose process is silent, so that the answer shows it."""
        if snapshot.is_alive(place.state, place.silence) is not False:
            return place
        reap_and_wait(task_uuid, place.run)
        return self._place(task_uuid)

    def _should_wait(self, place: _Place) -> bool:
        if not self.wanted["wait"] or states.is_finished(place.state):
            return False
        if "after" in self.wanted:
            return bool(self.wanted["after"] == place.seq)
        return self._is_known(place) or "If-None-Match" not in self.request.headers

    def _is_known(self, place: _Place) -> bool:
        return matches(self._etag(place), self.request.headers.get("If-None-Match", ""))

    def _etag(self, place: _Place) -> str:
        media_type = str(self.request.accepted_media_type)
        alive = snapshot.is_alive(place.state, place.silence)
        seen = (place.seq, place.counted)
        return etag_of(place.pk, seen, alive, self.audience, self.request.query_params, media_type)

    def _answer(self, log: TaskLog) -> dict[str, Any]:
        after, attempt = self.wanted.get("after"), self.wanted.get("attempt")
        keys = keys_wanted(self.wanted, snapshot.DELTA)
        if after is None:
            return snapshot.detail(log, self.audience, attempt=attempt, keys=keys)
        return snapshot.delta(log, self.audience, after=after, attempt=attempt, keys=keys)

    def _tagged(self, response: HttpResponseBase, place: _Place) -> HttpResponseBase:
        response.headers["ETag"] = self._etag(place)
        response.headers["Cache-Control"] = _PRIVATE
        return response
