"""Addresses and queries with nonsense in them, on each database: no answer is an error of the server.

The addresses for clients of others are in no OpenAPI document, so that nothing else makes such requests.
"""

import os
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from progress_updater import states
from tests.databases import database, migrated, pytest_generate_tests  # noqa: F401 (fixtures and hooks)
from tests.nonsense import KNOWN, NONSENSE, percent_encoded
from tests.rows import BEGIN, a_failure, a_log

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.urls("tests.compat.all_urls")]

THEIR_ADDRESSES = (
    "/celery-progress/{}/", "/celery-progress/g/{}/", "/generous/{}/", "/flower/api/task/info/{}",
    "/flower/api/tasks", "/flower/api/task/types",
)  # fmt: skip
OUR_ADDRESSES = (
    "/api/tasklogs/", "/api/tasklogs/{}/", "/api/tasklogs/{}/messages/", "/api/tasklogs/{}/steps/",
    "/api/tasklogs/{}/tree/", "/api/tasklogs/{}/log/",
)  # fmt: skip

PARAMETERS = {
    "/flower/api/tasks": (
        "limit", "offset", "sort_by", "workername", "taskname", "state", "received_start", "received_end",
        "search",
    ),
    "/api/tasklogs/": (
        "state", "status", "finished", "name", "owner", "tag", "about", "root", "created_after",
        "created_before", "search", "order", "cursor", "page_size", "fields", "omit",
    ),
    "/api/tasklogs/one/messages/": ("attempt", "step", "level", "search", "order", "cursor", "page_size"),
    "/api/tasklogs/one/": ("after", "attempt", "wait"),
}  # fmt: skip
NAMES = sorted({name for names in PARAMETERS.values() for name in names})

TEXTS = st.sampled_from(KNOWN + NONSENSE) | st.text(st.characters(exclude_categories=()), max_size=20)
ENCODED = TEXTS.map(percent_encoded) | st.binary(max_size=12).map(lambda raw: quote(raw, safe=""))
PAIRS = st.tuples(st.sampled_from(NAMES), ENCODED) | st.tuples(ENCODED, ENCODED)
QUERIES = st.lists(PAIRS, max_size=4).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))

bounded = settings(
    derandomize=True, max_examples=200 if os.environ.get("ACCEPTANCE") == "full" else 20, deadline=None,
    database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture
def shop(database: str) -> None:  # noqa: F811 (the fixture)
    a_log("name", task_uuid="one", group="g", args=[1], kwargs={"a": "b"}, tree="t").finish(
        result={"x": 1}, result_kept=True
    )
    failed = a_log("name", task_uuid="two/2", group="g", tree="t", queued=BEGIN, tags=("a",))
    failed.say("Line", failed.open("Step"))
    failed.finish(states.FAILURE, a_failure(1))


@pytest.fixture
def clients() -> list[APIClient]:
    """Give a reader of everything, and nobody."""
    reader, nobody = APIClient(), APIClient()
    reader.force_authenticate(User(pk=1, is_superuser=True))
    return [reader, nobody]


def is_answered(client: APIClient, address: str, query: str) -> None:
    answer: Any = client.generic("GET", address, QUERY_STRING=query)
    assert answer.status_code < 500  # an exception comes as itself
    if "json" in answer.headers["Content-Type"]:
        answer.json()


@pytest.mark.parametrize("address", THEIR_ADDRESSES + OUR_ADDRESSES)
@bounded
@given(task_id=ENCODED, query=QUERIES)
@example(task_id="one", query="limit=" + "9" * 400)
@example(task_id="two%2F2", query="state=A&state=B&state=")
def test_no_address_and_no_query_is_an_error(
    clients: list[APIClient], address: str, task_id: str, query: str
) -> None:
    for client in clients:
        is_answered(client, address.format(task_id), query)


@pytest.mark.parametrize("address", PARAMETERS)
def test_no_value_of_a_parameter_is_an_error(clients: list[APIClient], address: str) -> None:
    for name in PARAMETERS[address]:
        for text in KNOWN + NONSENSE:
            value = percent_encoded(text)
            is_answered(clients[0], address, f"{name}={value}")
