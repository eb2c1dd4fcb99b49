"""The record of an import."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs.conftest import Ran
from tests.programs.orders import import_orders

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("customer,amount\nBeck,10.50\nAnders,3\nBeck,7\n")
    return path


def test_an_import_shows_its_steps_and_counts_its_orders(path: Path, run: Callable[..., Ran]) -> None:
    ran = run(import_orders, str(path))
    assert ran.result.get() == 3
    assert ran.record["state"] == "SUCCESS"
    assert ran.outline == ["1 Read file: SUCCESS", "2 Save orders: SUCCESS", "3 Tell the customers: SUCCESS"]
    assert ran.texts == ["3 orders found", "Mail to Anders", "Mail to Beck"]
    assert ran.record["messages"][0]["data"] == {"file": str(path)}
    progress = ran.step("Save orders")["progress"]
    assert (progress["current"], progress["total"], progress["unit"], progress["percent"]) == (
        3,
        3,
        "orders",
        100,
    )
    whole = ran.record["progress"]
    assert (whole["current"], whole["total"], whole["unit"], whole["percent"]) == (3, 3, "steps", 100)


def test_an_order_that_cannot_be_read_is_named_by_its_place(path: Path, run: Callable[..., Ran]) -> None:
    path.write_text("customer,amount\nBeck,10.50\nAnders,three\nBeck,7\n")
    ran = run(import_orders, str(path))
    assert (ran.record["state"], ran.record["status"]) == ("FAILURE", 0)
    assert ran.outline == ["1 Read file: SUCCESS", "2 Save orders: FAILURE", "3 Tell the customers: IGNORED"]
    failure = ran.record["failure"]
    assert (failure["type"], failure["step"]) == ("decimal.InvalidOperation", ran.step("Save orders")["id"])
    assert ran.place == "at 2 of 3 orders"
    assert ran.record["progress"]["percent"] == pytest.approx(66.67)
