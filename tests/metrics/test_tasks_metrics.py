"""What the tables say, on each database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from progress_updater import states
from progress_updater.metrics import names, tasks, window
from progress_updater.metrics.tasks import TasksCollector
from progress_updater.models import Process, TaskLog
from progress_updater.settings import current
from tests.metrics.numbers import Numbers, collected, of
from tests.rows import a_log

pytestmark = pytest.mark.usefixtures("database")


def ended(ago: float, name: str = "shop.pay", state: str = states.SUCCESS, **times: float) -> None:
    """Make a log that ended some seconds ago; the times are seconds before that."""
    end = timezone.now() - timedelta(seconds=ago)
    moments = {column: end - timedelta(seconds=seconds) for column, seconds in times.items()}
    log = a_log(f"label of {name}", celery_name=name, started=False, created=end)
    TaskLog.objects.filter(pk=log.pk).update(state=state, end=end, **moments)


def numbers() -> Numbers:
    return collected(TasksCollector())


def test_tasks_that_ended_lately_are_counted_by_name_and_outcome() -> None:
    for name, state in (("one", "SUCCESS"), ("one", "SUCCESS"), ("one", "LOST"), ("two", "REVOKED")):
        ended(10, name, state)
    ended(window.SECONDS + 10, "old")
    told = numbers()
    assert of(told, "tasks_ended", name="one", state="SUCCESS") == 2
    assert of(told, "tasks_ended", name="one", state="LOST") == 1
    assert of(told, "tasks_ended", name="two", state="REVOKED") == 1
    assert "old" not in str(told)
    assert of(told, "window_seconds", state="SUCCESS") == window.SECONDS


def test_times_are_those_of_queue_and_run() -> None:
    for run_time in range(1, 101):
        ended(1, queued=run_time + 7, start=run_time)
    told = numbers()
    assert of(told, "run_seconds", name="shop.pay", quantile="0.5") == pytest.approx(51)
    assert of(told, "run_seconds", name="shop.pay", quantile="0.95") == pytest.approx(96)
    assert of(told, "run_seconds", name="shop.pay", quantile="1") == pytest.approx(100)
    assert of(told, "queue_seconds", name="shop.pay", quantile="1") == pytest.approx(7)


def test_a_task_waits_from_when_it_is_due_and_what_a_retry_is_due_does_not_count() -> None:
    ended(1, "later", queued=100, eta=15, start=10)
    ended(1, "retried", queued=100, eta=5, start=10)
    ended(1, "unknown", start=10)
    ended(1, "never started", state=states.REVOKED, queued=10)
    told = numbers()
    assert of(told, "queue_seconds", name="later", quantile="1") == pytest.approx(5)
    assert of(told, "queue_seconds", name="retried", quantile="1") == pytest.approx(90)
    assert of(told, "queue_seconds", name="unknown", quantile="1") is None
    assert of(told, "run_seconds", name="never started", quantile="1") is None


def test_tasks_that_have_not_ended_are_counted_by_state() -> None:
    a_log("runs")
    a_log("runs")
    a_log("waits", started=False)
    told = numbers()
    assert of(told, "tasks", name="runs", state="STARTED") == 2
    assert of(told, "tasks", name="waits", state="PENDING") == 1


def test_a_process_that_is_not_heard_of_has_silent_tasks() -> None:
    for token, silent_for in (("a", 3_600), ("b", 0)):
        heartbeat = timezone.now() - timedelta(seconds=silent_for)
        process = Process.objects.create(
            token=token, host="host", pid=1, started=heartbeat, heartbeat=heartbeat
        )
        a_log(started=False).attempt(process=process)
    assert of(numbers(), "tasks_silent") == 1


def test_names_are_limited_to_the_most_frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST", 2)
    for name in ("one", "one", "two", "two", "three", "four"):
        ended(1, name)
    told = numbers()
    assert of(told, "tasks_ended", name="two", state="SUCCESS") == 2
    assert of(told, "tasks_ended", name=names.OTHERS, state="SUCCESS") == 2
    assert of(told, "tasks_ended", name="three", state="SUCCESS") is None


def test_a_scrape_reads_a_limited_number_and_says_how_far_they_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST", 3)
    monkeypatch.setattr(tasks, "MOST", 2)
    for ago in (50, 100, 150, 200, 250):
        ended(ago)
        a_log("runs")
    told = numbers()
    assert of(told, "tasks_ended", name="shop.pay", state="SUCCESS") == 3
    assert of(told, "window_seconds", state="SUCCESS") == pytest.approx(150, abs=45)
    assert of(told, "tasks", name="runs", state="STARTED") == 2


def test_the_statements_are_the_same_number_however_many_tasks_there_are() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connections[current().DATABASE]) as captured:
            numbers()
        return len(captured)

    before = statements()
    for _ in range(20):
        ended(1)
        a_log()
    assert statements() == before == len(states.STATES) + 1


def test_nothing_at_all_is_no_error() -> None:
    told: Any = numbers()
    assert of(told, "tasks_silent") == 0
