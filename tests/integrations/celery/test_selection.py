"""RECORD and progress_record choose which tasks are recorded."""

from typing import Any

import pytest

from progress_updater import states
from progress_updater.integrations.celery.selection import Recorded, matches, selection_for
from progress_updater.models import TaskLog
from progress_updater.writing.channels import flush
from tests.integrations.celery.records import is_recorded, log_of
from tests.integrations.celery.tasks import add, always_recorded, sending, silent, unrecorded
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(
    ("patterns", "chosen", "left"),
    [
        (["shop.*"], ["shop.tasks.sell", "shop."], ["shop", "workshop.tasks.sell"]),
        (["!shop.*"], ["billing.tasks.send"], ["shop.tasks.sell"]),
        (["shop.*", "!shop.tasks.beat_*"], ["shop.tasks.sell"], ["shop.tasks.beat_clean", "billing.x"]),
        (["!shop.tasks.beat_*", "shop.*"], ["shop.tasks.sell"], ["shop.tasks.beat_clean"]),
        (["shop.tasks.?ell", "shop.tasks.[ab]*"], ["shop.tasks.sell", "shop.tasks.buy"], ["shop.tasks.cut"]),
        ([], ["anything"], []),
    ],
)
def test_patterns_include_and_exclude(patterns: list[str], chosen: list[str], left: list[str]) -> None:
    assert [name for name in chosen + left if matches(name, tuple(patterns))] == chosen


def test_capitals_count() -> None:
    assert not matches("Shop.tasks.sell", ("shop.*",))


def test_all_is_the_default() -> None:
    assert selection_for("anything") is Recorded.ALWAYS


def test_a_task_decides_before_the_setting(record_setting: Any) -> None:
    record_setting(RECORD=[f"!{always_recorded.name}", unrecorded.name])
    assert selection_for(always_recorded.name, always_recorded) is Recorded.ALWAYS
    assert selection_for(unrecorded.name, unrecorded) is Recorded.NEVER


def test_celerys_own_task_that_waits_for_a_chord_is_left_out() -> None:
    assert selection_for("celery.chord_unlock") is Recorded.NEVER
    assert selection_for("celery.accumulate") is Recorded.ALWAYS


def test_with_used_a_task_that_calls_the_app_is_recorded(record_setting: Any, eager: None) -> None:
    record_setting(RECORD="used")
    log = log_of(add.delay())
    assert (log.state, log.steps_done, log.attempts) == (states.SUCCESS, 1, 1)


def test_with_used_a_task_that_never_calls_the_app_is_not(record_setting: Any, eager: None) -> None:
    record_setting(RECORD="used")
    assert not is_recorded(silent.delay())


def test_with_used_a_task_that_only_sends_others_is_not(worker: None, record_setting: Any) -> None:
    record_setting(RECORD="used")
    task = sending.delay()
    child = wait_until(lambda: task.result if task.ready() else None, what="the task")
    wait_until(lambda: is_recorded(child), what="its child")
    assert not is_recorded(task)


def test_calls_inside_a_task_that_is_not_recorded_work_and_leave_nothing(eager: None) -> None:
    task = unrecorded.delay()
    assert task.successful()
    flush()
    assert list(TaskLog.objects.values_list("task_uuid", flat=True)) == [task.result]
