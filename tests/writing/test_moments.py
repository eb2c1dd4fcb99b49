"""Times: they come back from each database as they went in, with time zones and without."""

from datetime import UTC, datetime
from typing import Any

import pytest

from progress_updater.models import Message, TaskLog
from progress_updater.recording.changes import Identity
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import a_change, a_line, a_run, log_of

MOMENTS = [
    datetime(2024, 3, 31, 0, 59, 59, 999_999, tzinfo=UTC),  # the hour that Europe leaves out follows
    datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
]


def _store(sink: DatabaseSink) -> None:
    lines = [a_line(n, at=moment.timestamp()) for n, moment in enumerate(MOMENTS, 1)]
    identity = Identity(task_name="TEST", queued=MOMENTS[0].timestamp(), eta=MOMENTS[1].timestamp())
    sink.store([a_change("t", a_run("r", messages=lines), identity=identity)])


def test_times_come_back_as_they_went_in(sink: DatabaseSink) -> None:
    _store(sink)
    assert list(Message.objects.order_by("n").values_list("at", flat=True)) == MOMENTS
    log = log_of("t")
    assert (log.queued, log.eta) == (MOMENTS[0], MOMENTS[1])
    assert abs((datetime.now(UTC) - log.created).total_seconds()) < 60


@pytest.mark.parametrize("time_zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_without_time_zones_times_are_those_of_the_clock_on_the_wall(
    settings: Any, database: str, time_zone: str
) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, time_zone
    sink = DatabaseSink(database)
    _store(sink)
    sink.rest()
    found = Message.objects.order_by("n").values_list("at", flat=True)
    assert [moment.tzinfo for moment in found] == [None] * len(MOMENTS)
    local = [datetime.fromtimestamp(moment.timestamp()) for moment in MOMENTS]  # noqa: DTZ006 (what Django does)
    assert list(found) == local
    assert TaskLog.objects.filter(queued=local[0]).count() == 1
