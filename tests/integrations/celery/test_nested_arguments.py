"""Positional arguments of another task, which stand among those of a task, are not stored."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import shared_task

from progress_updater.models import TaskLog
from progress_updater.writing.channels import flush
from progress_updater.writing.masking import MASK
from tests.integrations.celery.tasks import add
from tests.integrations.celery.test_publishing import nobody_listens

__all__ = ["nobody_listens"]

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

PAIRS = [("bob", "hunter2"), ("eve", "hunter2")]


@shared_task
def login(user: str, password: str) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    "send",
    [
        lambda: login.starmap(PAIRS).apply_async(),
        lambda: login.starmap(pair for pair in PAIRS).apply_async(),
        lambda: login.map(["hunter2"]).apply_async(),
        lambda: login.chunks(PAIRS, 1).apply_async(),
        lambda: add.delay(1, login.s("bob", "hunter2")),
        lambda: add.delay(1, y=[{"then": login.s("bob", "hunter2")}]),
        lambda: add.delay(1, y=login.starmap(PAIRS)),
    ],
    ids=["starmap", "generator", "map", "chunks", "argument", "deep", "starmap as argument"],
)
def test_they_are_hidden_and_the_arguments_not_kept(send: Callable[[], Any]) -> None:
    send()
    flush()

    logs = list(TaskLog.objects.all())
    assert logs
    for log in logs:
        assert "hunter2" not in str([log.args, log.kwargs, log.options])
        assert MASK in str([log.args, log.kwargs])
        assert log.arguments_kept is False


def test_a_signature_without_arguments_is_kept() -> None:
    add.delay(1, login.s())
    flush()

    assert TaskLog.objects.get().arguments_kept
