"""The record of a task that goes on after a failure."""

from collections.abc import Callable

import pytest

from tests.programs.branching import find_address
from tests.programs.conftest import Ran

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def broken() -> str:
    """Fail."""
    raise TimeoutError("no answer")


def test_without_a_failure_there_is_one_step(run: Callable[..., Ran]) -> None:
    ran = run(find_address, lambda: "1 Main Street", broken)
    assert ran.result.get() == "1 Main Street"
    assert ran.outline == ["1 Ask the register: SUCCESS"]


def test_an_optional_step_may_fail_without_the_task(run: Callable[..., Ran]) -> None:
    ran = run(find_address, broken, lambda: "2 Side Street")
    assert ran.result.get() == "2 Side Street"
    assert (ran.record["state"], ran.record["exception"]) == ("SUCCESS", None)
    assert ran.outline == ["1 Ask the register: FAILURE", "2 Ask the archive: SUCCESS"]
    assert ran.texts == ["The register failed: no answer", "The archive has it"]
    assert ran.record["progress"]["failed"] == 1


def test_a_swallowed_failure_fails_the_task_although_it_returns(run: Callable[..., Ran]) -> None:
    ran = run(find_address, broken, broken)
    assert (ran.result.state, ran.result.get()) == ("SUCCESS", "")
    assert (ran.record["state"], ran.record["exception"]) == ("FAILURE", "no answer")
    assert ran.record["failure"]["step"] == ran.step("Ask the archive")["id"]
