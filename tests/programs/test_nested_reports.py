"""The record of steps inside steps."""

from collections.abc import Callable

import pytest

from tests.programs.conftest import Ran
from tests.programs.nested_reports import yearly_report

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_report_shows_each_shop_in_its_region(run: Callable[..., Ran]) -> None:
    ran = run(yearly_report, {"North": {"Graz": [1, 2], "Ulm": [3]}, "South": {"Turin": [4, -5, 6]}})
    assert ran.result.get() == "North 6, South 4"
    assert ran.record["task_name"] == "Yearly report"
    assert ran.outline == [
        "1 Region North: SUCCESS",
        "1.1 Shop Graz: SUCCESS",
        "1.2 Shop Ulm: SUCCESS",
        "2 Region South: SUCCESS",
        "2.1 Shop Turin: FAILURE",
        "3 Write the summary: SUCCESS",
    ]
    assert ran.texts == ["North: 6", "South: 4"]
    assert (ran.record["state"], ran.record["exception"]) == ("FAILURE", "Turin sold -5.")
    assert ran.place == "at 2 of 3 sales"
    assert ran.step("Region North")["progress"]["percent"] == 100
    assert ran.record["progress"]["failed"] == 1
    assert ran.record["log"].endswith("\tTask Finished - 3 out of 4 jobs finished\n")
