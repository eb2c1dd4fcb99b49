"""A wish to stop comes back to the process that runs the task, and stops it where its code looks."""

from collections.abc import Callable
from typing import Any

import pytest

from progress_updater import (
    TaskCancelled,
    TaskUpdater,
    check_cancelled,
    notify,
    states,
    step,
    track,
)
from progress_updater.models import Step, TaskLog
from progress_updater.writing.cancelling import request_cancel
from progress_updater.writing.channels import flush
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def store() -> None:
    """Wait for the writer, for longer than the end of a task does: the machine may be busy."""
    assert flush(60)


def cancel(updater: TaskUpdater) -> None:
    """Cancel it, and have its process hear of it, as any flush does."""
    store()
    assert request_cancel(TaskLog.objects.get(task_uuid=updater.task_uuid).pk)
    notify("a line that is stored")
    store()


def enter_a_step() -> None:
    with step("Never entered"):
        pytest.fail("It was entered.")


def enter_a_suppressing_step() -> None:
    with TaskUpdater()("Never entered"):
        pytest.fail("It was entered.")


@pytest.mark.parametrize(
    "look",
    [enter_a_step, enter_a_suppressing_step, check_cancelled, lambda: TaskUpdater().check_cancelled()],
)
def test_it_stops_where_the_code_looks(look: Callable[[], None]) -> None:
    with pytest.raises(TaskCancelled), TaskUpdater(task_name="TEST") as updater:
        notify("begins")
        cancel(updater)
        look()
    store()

    assert TaskLog.objects.get().state == states.REVOKED
    assert not Step.objects.exists()


def test_one_that_begins_though_it_was_cancelled_stops_too() -> None:
    log = a_log(started=False, celery_name="shop.tasks.go")
    assert request_cancel(log.pk)

    with pytest.raises(TaskCancelled), TaskUpdater(task_uuid=log.task_uuid):
        notify("begins")
        store()
        check_cancelled()
    store()

    assert log.row.state == states.REVOKED


def test_it_stops_before_the_next_item() -> None:
    done: list[int] = []
    with pytest.raises(TaskCancelled), TaskUpdater() as updater:
        for number in track(range(5), "Rows"):
            if number == 1:
                cancel(updater)
            done.append(number)
    store()

    rows = Step.objects.get()
    assert (done, rows.current, rows.state) == ([0, 1], 2, states.REVOKED)


def test_nothing_else_stops() -> None:
    with TaskUpdater() as updater, step("Goes on") as inner:
        cancel(updater)
        inner.advance()
        notify("still here")
    store()

    assert TaskLog.objects.get().state == states.SUCCESS


def test_steps_may_be_entered_to_clean_up() -> None:
    with pytest.raises(TaskCancelled), TaskUpdater() as updater, step("Work"):
        cancel(updater)
        try:
            check_cancelled()
        finally:
            with step("Clean up"):
                notify("cleaned")
    store()

    assert dict(Step.objects.values_list("name", "state")) == {
        "Work": states.REVOKED,
        "Clean up": states.SUCCESS,
    }


def test_an_id_that_is_used_again_outside_celery_is_not_cancelled() -> None:
    with pytest.raises(TaskCancelled), TaskUpdater(task_uuid="again") as updater:
        notify("begins")
        cancel(updater)
        check_cancelled()
    store()
    with TaskUpdater(task_uuid="again"):
        notify("again")
        store()
        check_cancelled()
    store()

    log = TaskLog.objects.get()
    assert (log.state, log.cancel_requested) == (states.SUCCESS, False)


@pytest.mark.parametrize("state", sorted(states.TERMINAL))
def test_a_task_that_has_finished_is_left_alone(state: str) -> None:
    log = a_log(started=False, state=state)

    assert not request_cancel(log.pk)
    assert (log.row.cancel_requested, log.row.seq) == (False, 0)


def test_asking_again_is_no_visible_change(settings: Any) -> None:
    log = a_log(started=False)

    assert request_cancel(log.pk)
    assert request_cancel(log.pk)
    assert (log.row.cancel_requested, log.row.seq) == (True, 1)
