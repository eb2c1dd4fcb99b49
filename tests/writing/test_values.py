"""What becomes of names, numbers and times on their way into the tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.recording.changes import CountChange, Identity
from progress_updater.recording.failure import Failure
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import a_change, a_line, a_run, a_step, log_of, told

DIRTY = "a\x00b\ud800c"
CLEAN = "a\ufffdb\ufffdc"


def test_what_no_database_takes_is_replaced_everywhere(sink: DatabaseSink) -> None:
    failure = Failure(type=DIRTY, text=DIRTY, step=1, traceback=DIRTY)
    texts = ("celery_name", "queue", "root", "parent", "group", "owner", "about")
    identity = Identity(task_name=DIRTY, tags=(DIRTY,), **dict.fromkeys(texts, DIRTY))  # type: ignore[arg-type]
    step = a_step(1, 1, name=DIRTY, failure=failure, count=CountChange(current=1, unit=DIRTY))
    line = a_line(2, level=DIRTY, text=DIRTY, replace=DIRTY)
    run = a_run("r", steps=[step], messages=[line])
    run.attempt.worker, run.attempt.failure = DIRTY, failure
    sink.store(
        [
            told(
                a_change("t", run, identity=identity),
                custom_state=DIRTY, exception=DIRTY, exception_type=DIRTY, message=DIRTY,
            )
        ]
    )  # fmt: skip
    log, attempt, row, message = log_of("t"), Attempt.objects.get(), Step.objects.get(), Message.objects.get()
    named = (*texts, "task_name", "custom_state", "exception", "exception_type", "message")
    assert {getattr(log, name) for name in named} == {CLEAN}
    assert {attempt.worker, row.name, row.unit, message.level, message.text, message.replace} == {CLEAN}
    assert row.failure == attempt.failure
    assert {row.failure["type"], row.failure["text"], row.failure["traceback"]} == {CLEAN}
    assert TaskTag.objects.get().tag == CLEAN


def test_what_is_too_long_for_its_column_is_cut(sink: DatabaseSink) -> None:
    long = "ø" * 300
    cut = "ø" * 254 + "…"
    identity = Identity(task_name=long, owner=long, tags=(long,))
    step = a_step(1, 1, name=long, count=CountChange(current=1, unit=long))
    sink.store([a_change("t", a_run("r", steps=[step], messages=[a_line(2, level=long)]), identity=identity)])
    log = log_of("t")
    assert (log.task_name, log.owner, TaskTag.objects.get().tag) == (cut, cut, cut)
    assert Step.objects.values_list("name", "unit").get() == (long, "ø" * 31 + "…")
    assert Message.objects.get().level == "ø" * 15 + "…"


def test_numbers_that_are_none_are_null(sink: DatabaseSink) -> None:
    numbers: Any = [float("nan"), float("inf"), -float("inf"), "many", 10**400, None, 1e300, -0.5, True]
    steps = [a_step(n, n, count=CountChange(current=value)) for n, value in enumerate(numbers, 1)]
    sink.store([a_change("t", a_run("r", steps=steps))])
    found = list(Step.objects.order_by("n").values_list("current", flat=True))
    assert found == [None] * 6 + [1e300, -0.5, 1.0]


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
