"""The record of a task that is tried again."""

from collections.abc import Callable

import pytest

from tests.programs.autoretry import Bank, fetch_rates
from tests.programs.conftest import Ran

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_each_try_is_an_attempt_of_the_same_record(run: Callable[..., Ran]) -> None:
    Bank.answers = [ConnectionError("no line"), ConnectionError("no line"), "1.05"]
    ran = run(fetch_rates)
    assert ran.result.get() == "1.05"
    assert (ran.record["state"], ran.record["attempt"]) == ("SUCCESS", 3)
    assert [attempt["state"] for attempt in ran.record["attempts"]] == ["RETRY", "RETRY", "SUCCESS"]
    assert ran.record["attempts"][0]["failure"]["text"] == "no line"
    assert ran.outline == ["1 Ask the bank: SUCCESS", "2 Store the rates: SUCCESS"]
    assert ran.texts == ["try 3"]


def test_another_exception_is_not_tried_again(run: Callable[..., Ran]) -> None:
    Bank.answers = [ValueError("no number")]
    ran = run(fetch_rates)
    assert (ran.record["state"], ran.record["attempt"], ran.record["exception"]) == (
        "FAILURE",
        1,
        "no number",
    )
