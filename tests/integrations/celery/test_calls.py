"""What a call was is read from messages and from requests alike."""

import json
from typing import Any

import pytest
from celery import Task, shared_task
from kombu import Exchange

from progress_updater.integrations.celery.calls import Call, call_of
from tests.integrations.celery.tasks import add, asking, retrying


def options(fields: dict[str, Any] | None = None, **delivery: Any) -> Any:
    return json.loads(call_of((), {}, fields or {}, delivery, None, 1_000).options or "")


def test_arguments_are_told_as_json_with_the_names_of_the_parameters() -> None:
    call = call_of((1, "two"), {"three": [3.5]}, {}, {"exchange": "", "routing_key": "fast"}, add, 1_000)
    assert call == Call('[1,"two"]', '{"three":[3.5]}', '{"queue":"fast"}', True, ("x", "y"))


@pytest.mark.parametrize("nothing", [((), {}), ([], {}), (None, None)])
def test_no_arguments_are_kept_as_none(nothing: Any) -> None:
    call = call_of(*nothing, {}, {}, None, 1_000)
    assert (call.args, call.kwargs, call.arguments_kept, call.parameters) == ("[]", "{}", True, ())


@pytest.mark.parametrize("cut", [((object(),), {}), ((), {"a": object()})])
def test_one_argument_that_is_not_kept_is_enough(cut: Any) -> None:
    assert call_of(*cut, {}, {}, add, 1_000).arguments_kept is False


def test_options_that_are_cut_are_not_kept() -> None:
    assert call_of((), {}, {"shadow": "x" * 50}, {}, add, 20).arguments_kept is False


def test_options_are_those_that_were_given() -> None:
    fields = {"timelimit": [20, None], "shadow": "Sell", "ignore_result": False, "retries": 0}
    assert options(fields, exchange="", routing_key="fast", priority=0) == {
        "queue": "fast",
        "priority": 0,
        "time_limit": 20,
        "shadow": "Sell",
        "ignore_result": False,
    }


@pytest.mark.parametrize("exchange", ["shop", Exchange("shop")])
def test_an_exchange_is_named_with_its_key(exchange: Any) -> None:
    assert options(exchange=exchange, routing_key="sell.#") == {"exchange": "shop", "routing_key": "sell.#"}


@pytest.mark.parametrize(
    "exchange", [Exchange("celery_delayed_27"), "celery_delayed_delivery", "eu_celery_delayed_3"]
)
def test_where_a_task_waited_in_the_broker_is_no_address(exchange: Any) -> None:
    assert options(exchange=exchange, routing_key="0.0.1.fast") == {}


@pytest.mark.parametrize("limits", [None, 7, [1], (1, 2, 3), "ab"])
def test_time_limits_that_make_no_sense_are_none(limits: Any) -> None:
    assert options({"timelimit": limits}) == {}


class Old(Task):
    """A task of the old kind."""

    name = "old"

    def run(self, first: int, *, named: int) -> None:
        """Do nothing."""


class Unreadable(Task):
    """A task whose function does not tell its parameters."""

    name = "unreadable"
    run = property(lambda self: max)


@pytest.mark.parametrize(
    ("task", "names"),
    [(Old(), ("first",)), (Unreadable(), ()), (None, ())],
    ids=["old", "unreadable", "none"],
)
def test_parameters_are_named_without_the_task_itself(task: Any, names: tuple[str, ...]) -> None:
    for _ in range(2):
        assert call_of((), {}, {}, {}, task, 1_000).parameters == names


@shared_task
def shared(first: int) -> None:
    """Be known by its proxy."""


def test_a_proxy_of_a_task_has_parameters_too() -> None:
    assert call_of((), {}, {}, {}, shared, 1_000).parameters == ("first",)


def test_parameters_are_those_of_the_authors_function_whatever_wraps_it() -> None:
    assert call_of((), {}, {}, {}, retrying, 1_000).parameters == ("times", "countdown")
    assert call_of((), {}, {}, {}, asking, 1_000).parameters == ("bank", "seconds")
