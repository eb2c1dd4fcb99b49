"""Readers of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Permission
from django.test import Client
from django.urls import reverse

from tests.rows import ALog


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
