"""Whatever a task is given, says and returns, it runs, and readers get standard JSON of bounded size."""

import json
import threading
from typing import Any

import pytest
from celery import shared_task
from django.test import Client

from progress_updater import notify, states
from progress_updater.settings import current
from tests.api.conftest import a_reader, address_of, reader
from tests.integrations.celery.records import log_of

__all__ = ["a_reader", "reader"]

pytestmark = [
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.urls("tests.compat.all_urls"),
]

PLACES = 8
"""An answer holds the value so many times at the most: given, said, returned, and in the text of the log."""


@shared_task
def echo(value: Any, **more: Any) -> Any:
    """Say what is given, and return it."""
    notify("A value", data={"value": value})
    notify(value)
    return value


def circular() -> Any:
    circle: dict[str, Any] = {"list": [1]}
    circle["list"] += [circle, circle["list"]]
    return circle


VALUES: dict[str, Any] = {
    "circular": circular,
    "lock": threading.Lock,
    "generator": lambda: (number for number in range(3)),
    "function": lambda: circular,
    "exception": lambda: ValueError({"a": object()}),
    "bytes": lambda: b"\xff\x00\xfe",
    "many bytes": lambda: b"\xff" * 10**8,
    "nan": lambda: [float("nan"), {"a": float("inf"), "b": -float("inf")}],
    "huge number": lambda: [10**400, 2**64, 1e308],
    "surrogate": lambda: {"\ud800": "a\udfffb\x00"},
    "deep": lambda: json.loads("[" * 900 + "]" * 900),
    "100 MB": lambda: "x" * 10**8,
    "100 MB of values": lambda: [1] * 10**7,
    "set": lambda: {frozenset({1}), "a"},
}


def no_constant(name: str) -> None:
    raise AssertionError(f"JSON has no {name}")


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_is_cut_or_shown_and_the_task_runs(reader: Client, kind: str) -> None:
    value = VALUES[kind]()

    task = echo.apply((value,), {"named": value}, task_id="an-id")

    assert task.result is value
    assert log_of("an-id").state == states.SUCCESS
    for address in (
        address_of("an-id"), f"{address_of('an-id')}?after=0", address_of("an-id", "messages"),
        "/api/tasklogs/", "/celery-progress/an-id/", "/flower/api/task/info/an-id", "/flower/api/tasks",
    ):  # fmt: skip
        answer = reader.get(address)
        assert answer.status_code == 200
        assert len(answer.content) < PLACES * 6 * current().TEXT_LIMIT + 10_000
        json.loads(answer.content, parse_constant=no_constant)
    shown = reader.get(address_of("an-id")).json()
    assert shown["messages"][0]["data"] is not None
    assert None not in (shown["args"], shown["kwargs"], shown["result"])
