"""Readers of the admin, and their pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from progress_updater.models import TaskLog
from progress_updater.settings import current

LIST = "/admin/progress_updater/tasklog/"


def a_reader(*permissions: str, name: str = "reader") -> Client:
    """Log in a member of the staff with these permissions on task logs."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def page_of(log: Any) -> str:
    """Return the address of a log's page."""
    return f"{LIST}{log.pk}/change/"


def names(response: Any) -> list[str]:
    """Return the names in a list, as they stand there."""
    return [log.task_name for log in response.context["cl"].result_list]


@pytest.fixture
def reader(db: None) -> Client:
    """Read everything."""
    return a_reader("view_tasklog_details")


@pytest.fixture
def viewer(db: None) -> Client:
    """Read all tasks, without details."""
    return a_reader("view_tasklog")


@pytest.fixture
def statements() -> Callable[[], Any]:
    """Capture what is asked of the database of the app's tables."""

    @contextmanager
    def capture() -> Iterator[list[str]]:
        found: list[str] = []
        with CaptureQueriesContext(connections[current().DATABASE]) as context:
            yield found
        found.extend(
            query["sql"] for query in context.captured_queries if TaskLog._meta.app_label in query["sql"]
        )

    return capture
