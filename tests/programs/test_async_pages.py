"""The record of asynchronous work."""

from collections.abc import Callable

import pytest

from tests.programs.async_pages import broken_links
from tests.programs.conftest import Ran

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_coroutines_that_run_at_once_have_a_step_each(run: Callable[..., Ran]) -> None:
    ran = run(broken_links, 5)
    assert ran.result.get() == ["link 4"]
    assert ran.outline == [
        "1 Read: SUCCESS",
        "2 Check: SUCCESS",
        *[f"2.{number} Check a link: SUCCESS" for number in range(1, 6)],
    ]
    assert ran.step("Read")["progress"]["percent"] == 100
    checks = [step["id"] for step in ran.record["steps"] if step["name"] == "Check a link"]
    assert [line["step"] for line in ran.record["messages"]] == checks
    assert ran.texts == [f"link {number}" for number in range(1, 6)]
