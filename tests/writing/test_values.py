"""What becomes of names, numbers and times on their way into the tables."""

import functools
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from progress_updater.integrations.celery.arguments import encoded, restored
from progress_updater.models import Attempt, Message, Step, TaskTag
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


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError


ANYTHING: list[Any] = [
    DIRTY, {DIRTY: DIRTY}, float("nan"), float("inf"), 1e300, 5e-324, -0.0, 2**64, 10**400, b"\x00", b"\xff",
    {1: {None}}, Unprintable(), "x" * 20_000, ["\x01"] * 20_000,
    functools.reduce(lambda x, _: [x], range(99)),
    "\\u0000", "ü🎉\u2028", UUID(int=1), datetime(2026, 1, 2, tzinfo=UTC), {"": {"a": []}}, None,
]  # fmt: skip


def test_arguments_and_results_of_any_kind_are_taken_and_come_back(sink: DatabaseSink) -> None:
    all_kept = []
    for number, value in enumerate(ANYTHING):
        text, is_kept = encoded([value], 10_000)
        identity = Identity(task_name="TEST", args=text, kwargs=text, options=text, arguments_kept=is_kept)
        change = told(a_change(f"{number}", a_run("r" + str(number)), identity=identity), result=text)
        sink.store([change])
        log = log_of(f"{number}")
        assert log.args == log.kwargs == log.options == log.result == json.loads(text)
        assert not is_kept or restored(log.args) == [value]
        all_kept.append(is_kept)
    assert all_kept == [False] * 4 + [False, True, True] + [False] * 2 + [True] * 2 + [False] * 5 + [True] * 6
