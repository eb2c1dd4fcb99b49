"""Addresses of the admin with nonsense in them, on each database: no answer is an error of the server."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.handlers.exception import convert_exception_to_response
from django.db import connections
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from progress_updater.admin.tasklogs import LOOKUPS
from progress_updater.settings import current
from tests.admin.conftest import LIST, page_of
from tests.databases import database, migrated, pytest_generate_tests  # noqa: F401 (fixtures and hooks)
from tests.nonsense import KNOWN, NONSENSE, percent_encoded
from tests.rows import ALog, a_log

PARAMETERS = sorted({*LOOKUPS, "q", "older", "newer", "p"})
YEARS = ("1", "2", "2019", "9998", "9999", "10000", "\u0662\u0660\u0661\u0669")
PLACES = [
    f"{moment}~{key}"
    for moment in (
        "2019-08-08", "2019-08-08T00:00:00", "2019-08-08T00:00:00+00:00", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00", "0001-01-01", "2019-W01-1", "\x00", "",
    )
    for key in ("1", "-1", "9" * 30, "9" * 5_000, "1_0", "\u0663", "", "x", "1~1", " 1 ")
]  # fmt: skip


@pytest.fixture
def log(database: str, settings: Any) -> ALog:  # noqa: F811 (the fixture)
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    a_log("b")
    return a_log("a").finish()


def is_answered(address: str, **parameters: str) -> None:
    """Ask as a reader of everything; only what Django answers with another status is no exception."""
    encoded = {name: percent_encoded(text) for name, text in parameters.items()}
    request: Any = RequestFactory().get(address, QUERY_STRING="&".join(map("=".join, encoded.items())))
    request.user = User(pk=1, is_staff=True, is_superuser=True)
    request._messages = CookieStorage(request)
    match = resolve(request.path_info)
    get = convert_exception_to_response(lambda request: match.func(request, *match.args, **match.kwargs))
    answer = get(request)
    assert answer.status_code < 500
    # By then the database has been asked; the page itself is the same on each.
    if hasattr(answer, "render") and connections[current().DATABASE].vendor == "sqlite":
        assert answer.render().content


@pytest.mark.filterwarnings("ignore:DateTimeField TaskLog.created received a naive datetime")
@pytest.mark.parametrize("name", PARAMETERS)
def test_no_parameter_of_the_list_is_an_error(log: ALog, name: str) -> None:
    for text in [*KNOWN, *NONSENSE, *YEARS, *(PLACES if name in {"older", "newer"} else [])]:
        is_answered(LIST, **{name: text})


def test_no_number_of_an_attempt_is_an_error(log: ALog) -> None:
    for text in [*KNOWN, *NONSENSE]:
        is_answered(page_of(log), attempt=text)


def test_no_key_of_a_task_is_an_error(log: ALog) -> None:
    for text in [*KNOWN, *NONSENSE]:
        try:
            is_answered(f"{LIST}{percent_encoded(text)}/change/")
        except Resolver404:
            continue
