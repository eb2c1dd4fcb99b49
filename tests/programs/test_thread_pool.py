"""The record of work in threads."""

from collections.abc import Callable

import pytest

from tests.programs.conftest import Ran
from tests.programs.thread_pool import sum_up_sales

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SHOPS = ["Bern", "Lyon", "Turin", "Graz", "Ulm", "Porto", "Gent", "Riga"]


def test_each_thread_records_in_the_step_from_which_it_was_sent(run: Callable[..., Ran]) -> None:
    ran = run(sum_up_sales, SHOPS)
    assert ran.result.get() == 33
    fetch = ran.step("Fetch")
    inner = [step for step in ran.record["steps"] if step["parent"] == fetch["id"]]
    assert sorted(step["name"] for step in inner) == sorted(SHOPS)
    assert {step["state"] for step in ran.record["steps"]} == {"SUCCESS"}
    named = {step["id"]: step["name"] for step in inner}
    assert {(named[line["step"]], line["text"]) for line in ran.record["messages"]} == {
        (shop, f"{shop} has answered") for shop in SHOPS
    }
    assert (fetch["progress"]["current"], fetch["progress"]["total"]) == (8, 8)


def test_a_failure_in_a_thread_is_shown_where_it_arose(run: Callable[..., Ran]) -> None:
    ran = run(sum_up_sales, ["Bern", "17", *SHOPS[1:]])
    assert ran.record["exception"] == "There is no shop 17."
    assert ran.record["failure"]["step"] == ran.step("17")["id"]
    assert ran.step("Fetch")["state"] == "FAILURE"
    assert ran.step("Bern")["state"] == "SUCCESS"
