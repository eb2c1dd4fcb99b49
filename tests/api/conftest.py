"""Readers of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Permission
from django.test import Client
from django.urls import reverse

from progress_updater.models import TaskTree
from tests.rows import BEGIN, ALog, a_failure, a_log, the_founding_log


class Reader(Client):
    """A client with a user."""

    def __init__(self, user: AbstractUser) -> None:
        super().__init__()
        self.user = user
        self.force_login(user)

    def of(self, log: ALog, part: str = "detail", /, **options: Any) -> Any:
        """Get an address of a task."""
        return self.get(address_of(log.task_uuid, part), **options)


def address_of(task_uuid: str, part: str = "detail") -> str:
    """Return an address of a task."""
    return reverse(f"progress_updater:tasklog-{part}", args=[task_uuid])


@pytest.fixture
def a_reader(db: None) -> Callable[..., Reader]:
    """Give a function that makes a logged-in client of a user with some permissions."""

    def make(*permissions: str, **columns: Any) -> Reader:
        users = get_user_model().objects
        user = users.create_user(f"user-{users.count()}", **columns)
        user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
        return Reader(user)

    return make


@pytest.fixture
def reader(a_reader: Callable[..., Reader]) -> Reader:
    """Give a reader of everything."""
    return a_reader(is_superuser=True)


@pytest.fixture
def everything(db: None) -> list[ALog]:
    """Make one log of each kind: full, bare, running, retried, failed, counted, with gaps."""
    full = the_founding_log(
        owner="7", about="shop.order:4", queue="fast", root="r", parent="p", group="g", tags=("a",),
        celery_name="shop.tasks.go", queued=BEGIN, custom_state="SLEEPING",
    )  # fmt: skip
    bare = a_log(started=False)
    running = a_log(current=1.5, total=3.0, unit="rows", percent=50.0, rate=0.5)
    step = running.open("Rows")
    running.count(step, 2.0, total=4.0, rate=1.0)
    running.plan("Later", step)
    running.say("Data", step, data={"a": [1, None, "x"]}, replace="here")
    running.gap(3)
    retried = a_log()
    retried.end_attempt("RETRY", a_failure(None))
    retried.attempt()
    TaskTree.objects.create(key="t", tasks=2, done=0, failed=0, percent=12.5, updated=BEGIN)
    member = a_log(tree="t", group="g", position=0, previous="p")
    a_log(tree="t", parent=member.task_uuid)
    return [full, bare, running, retried, member]
