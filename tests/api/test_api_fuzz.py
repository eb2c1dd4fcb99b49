"""Whatever is sent to an operation of the OpenAPI document, the answer is one that the document states.

schemathesis makes the requests: the bounds of each parameter and what lies just beyond them, then any values,
right and wrong ones. They go through the WSGI application, as different readers.
"""

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from progress_updater import states
from progress_updater.api import cursors
from progress_updater.api.openapi import document
from progress_updater.api.task_ids import TaskIdConverter
from progress_updater.models import TaskLog
from progress_updater.snapshot import Position
from project.wsgi import application
from tests.api.conftest import Reader
from tests.rows import BEGIN, ALog, a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

REQUESTS = 150 if os.environ.get("ACCEPTANCE") == "full" else 10
"""Of right ones, and of wrong ones, to each operation, beside those at the bounds."""

LONGEST_WAIT = 0.02
"""Seconds of a long poll: nothing changes meanwhile."""

BOUNDED = settings(
    derandomize=True, max_examples=REQUESTS, stateful_step_count=6, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

EXCLUDED = [positive_data_acceptance]
"""A cursor, or the number of an attempt, is not right because of its form alone."""


@pytest.fixture
def logs(everything: list[ALog]) -> list[ALog]:
    """Make logs of each kind and in each state; the last one is about a silent process."""
    waiting = [a_log(state.title(), started=False, state=state) for state in states.STATES]
    ended = [a_log(state.title()).finish(state) for state in states.TERMINAL]
    silent = a_log(task_uuid="a/slash, “<b>”")
    heard_of(silent, 3_600)
    return [*everything, *waiting, *ended, silent]


@pytest.fixture(params=["anonymous", "owner", "details"])
def headers(
    request: pytest.FixtureRequest, a_reader: Callable[..., Reader], logs: list[ALog]
) -> dict[str, str]:
    """Tell who sends the requests."""
    if request.param == "anonymous":
        return {}
    user = a_reader(is_superuser=request.param == "details").user
    TaskLog.objects.exclude(pk=logs[1].pk).update(owner=str(user.pk))
    return {"Authorization": f"Token {Token.objects.create(user=user).key}"}


@pytest.fixture
def api(logs: list[ALog]) -> BaseSchema:
    """Give the document, with examples that exist: else all that is asked for would be unknown."""
    examples = {"task_uuid": logs[0].task_uuid, "attempt": 1}
    places = {"tasklogs_list": (BEGIN, 10**6), "tasklogs_messages_list": (0,), "tasklogs_steps_list": (0, 0)}
    described = deepcopy(document("/api"))
    for path in described["paths"].values():
        for operation in path.values():
            place = places.get(operation["operationId"], ())
            known = {**examples, "cursor": cursors.encode(Position(values=place, backward=False))}
            for parameter in operation["parameters"]:
                if parameter["name"] in known:
                    parameter["example"] = known[parameter["name"]]
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    schema.config.generation.update(with_security_parameters=False)
    return schema


def operations(api: BaseSchema) -> Iterator[APIOperation]:
    return (found.ok() for found in api.get_all_operations())


def modes_of(operation: APIOperation) -> list[GenerationMode]:
    """List what can be made for an operation: any text is right as a task's id, so none is wrong."""
    has_more = any((*operation.query, *operation.body))
    return list(GenerationMode) if has_more else [GenerationMode.POSITIVE]


def send(case: Case, headers: dict[str, str]) -> None:
    """Send a request, and compare the answer with the document; any difference is an error."""
    shorten(case)
    if is_whole(case):
        case.call_and_validate(headers=headers, excluded_checks=EXCLUDED)


def shorten(case: Case) -> None:
    """Let a request wait for less time, if it is one that waits."""
    wait = case.query.get("wait")
    if isinstance(wait, int | float) and LONGEST_WAIT < wait <= 30:
        case.query["wait"] = LONGEST_WAIT


def is_whole(case: Case) -> bool:
    """Tell whether the whole path is sent: schemathesis leaves "#" as it is, so that the path ends there."""
    return "#" not in str(case.path_parameters)


def test_at_the_bounds_of_all_parameters(api: BaseSchema, headers: dict[str, str]) -> None:
    everything: dict[str, Any] = {
        "generation_modes": list(GenerationMode), "generation_config": api.config.generation
    }  # fmt: skip
    for operation in operations(api):
        for case in api.iter_coverage_cases(operation, **everything):
            send(case, headers)


def test_with_any_parameters(api: BaseSchema, headers: dict[str, str], logs: list[ALog]) -> None:
    written = TaskIdConverter().to_url
    ids = st.sampled_from([None, *(quote(written(log.task_uuid), safe="") for log in logs)])
    for operation in operations(api):
        for mode in modes_of(operation):

            @BOUNDED
            @given(case=operation.as_strategy(generation_mode=mode), known=ids)
            def ask(case: Case, known: str | None) -> None:
                if known is not None and case.path_parameters:
                    case.path_parameters["task_uuid"] = known
                send(case, headers)

            ask()


def test_one_request_after_another(api: BaseSchema, headers: dict[str, str]) -> None:
    class Requests(api.as_state_machine()):  # type: ignore[misc]
        """Ask for what an answer before has named."""

        def before_call(self, case: Case) -> None:
            shorten(case)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Case, *_: Any, **__: Any) -> None:
            if is_whole(case):
                case.validate_response(response, headers=headers, excluded_checks=EXCLUDED)

    Requests.run(settings=BOUNDED)
