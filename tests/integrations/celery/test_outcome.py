"""Celery's words for the end of a task, translated."""

from typing import Any

import pytest
from celery.app.task import Context
from celery.exceptions import Ignore, Reject

from progress_updater import TaskCancelled, states
from progress_updater.integrations.celery.outcome import Outcome, outcome_of


class ATask:
    """As much of a task as counts here."""

    def __init__(self, *, acks_late: bool = False, is_eager: bool = False) -> None:
        self.acks_late = acks_late
        self.request = Context(is_eager=is_eager)


@pytest.mark.parametrize("state", [states.SUCCESS, states.FAILURE, states.RETRY, states.IGNORED])
def test_a_state_that_celery_names_is_the_state(state: str) -> None:
    assert outcome_of(ATask(), state, None) == Outcome(state, None)


def test_a_state_of_the_projects_own_is_a_good_end() -> None:
    assert outcome_of(ATask(), "ALMOST", None) == Outcome(states.SUCCESS, None)


def test_what_is_ignored_has_no_failure() -> None:
    assert outcome_of(ATask(), states.IGNORED, Ignore("no")) == Outcome(states.IGNORED, None)


@pytest.mark.parametrize(
    ("requeue", "acks_late", "state"),
    [
        (True, True, states.RETRY),
        (True, False, states.FAILURE),
        (False, True, states.FAILURE),
        (False, False, states.FAILURE),
    ],
)
def test_a_rejected_message_comes_back_if_it_was_not_acknowledged(
    requeue: bool, acks_late: bool, state: str
) -> None:
    rejection = Reject("no", requeue=requeue)
    assert outcome_of(ATask(acks_late=acks_late), "REJECTED", rejection) == Outcome(state, rejection)


def interrupted(task: Any, exception: BaseException) -> Outcome | None:
    try:
        raise exception
    except BaseException:
        return outcome_of(task, None, None)


def test_who_stops_a_process_tells_the_end_of_its_tasks() -> None:
    assert interrupted(ATask(), SystemExit(1)) is None


def test_an_error_of_celerys_own_is_told_by_the_signal_that_follows() -> None:
    assert interrupted(ATask(), ConnectionError("backend")) is None


def test_a_time_limit_under_gevent_is_told_by_nobody_else() -> None:
    import gevent

    limit = gevent.Timeout(3)
    assert interrupted(ATask(), limit) == Outcome(states.FAILURE, limit)


@pytest.mark.parametrize(
    ("exception", "state"),
    [
        (ValueError("no"), states.FAILURE),
        (KeyboardInterrupt(), states.FAILURE),
        (SystemExit(1), states.FAILURE),
        (SystemExit(0), states.SUCCESS),
        (TaskCancelled(), states.REVOKED),
    ],
)
def test_what_leaves_an_eager_task_is_its_end(exception: BaseException, state: str) -> None:
    assert interrupted(ATask(is_eager=True), exception) == Outcome(state, exception)
