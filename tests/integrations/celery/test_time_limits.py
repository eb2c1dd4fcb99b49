"""A soft time limit that hits a receiver hits the task a moment later."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from billiard.pool import SIG_SOFT_TIMEOUT, soft_timeout_sighandler
from celery import signals
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.integrations.celery.running import execution
from progress_updater.integrations.celery.time_limits import SOON, keep_soft_time_limit
from tests.integrations.celery.tasks import app
from tests.waiting import wait_until

# Alone, without a tracer: one takes a lock at each line, and keeps it when the signal hits it there.
pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    """Take the limit as a child of the prefork pool does."""
    before = signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)
    yield
    signal.signal(SIG_SOFT_TIMEOUT, before)


def hit(**_: Any) -> None:
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)


def until_raised() -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        wait_until(lambda: False, 5, "the soft time limit")


def test_a_receiver_that_is_hit_returns_and_the_limit_comes_again() -> None:
    keep_soft_time_limit(hit)()
    until_raised()


def test_a_receiver_that_is_not_hit_does_its_work() -> None:
    done: list[int] = []
    keep_soft_time_limit(done.append)(1)
    assert done == [1]


def test_celery_swallows_a_limit_that_hits_a_receiver_without_it() -> None:
    signals.before_task_publish.connect(hit)
    try:
        assert isinstance(signals.before_task_publish.send(sender="x")[-1][1], SoftTimeLimitExceeded)
    finally:
        signals.before_task_publish.disconnect(hit)


@pytest.mark.parametrize("signal_name", ["before_task_publish", "after_task_publish", "task_prerun"])
def test_our_receivers_in_the_middle_of_a_task_keep_the_limit(signal_name: str) -> None:
    ours = [
        receiver
        for key, receiver in getattr(signals, signal_name).receivers
        if "progress_updater" in str(key)
    ]
    assert [receiver.__wrapped__.__wrapped__.__module__.split(".")[0] for receiver in ours] == [
        "progress_updater"
    ]


def test_a_task_that_has_ended_meanwhile_is_left_alone() -> None:
    @app.task(name="tests.time_limits.ending")
    def ending() -> Any:
        keep_soft_time_limit(hit)()
        return execution.get()

    assert ending.apply(throw=True).result.has_ended
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, 20 * SOON, "nothing")
