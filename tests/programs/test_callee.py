"""The record of a task that is called by another one."""

from collections.abc import Callable

import pytest

from tests.programs.callee import average, sum_up
from tests.programs.conftest import Ran

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_alone_it_has_a_record_of_its_own(run: Callable[..., Ran]) -> None:
    ran = run(sum_up, [1, 2, 3])
    assert ran.result.get() == 6
    assert (ran.record["task_name"], ran.record["state"]) == ("Sum", "SUCCESS")
    assert ran.outline == ["1 Add up: SUCCESS"]


def test_called_with_an_updater_it_is_a_part_of_the_callers_record(run: Callable[..., Ran]) -> None:
    ran = run(average, [1, 2, 3])
    assert ran.result.get() == 2
    assert (ran.record["task_name"], ran.record["attempt"]) == ("Average", 1)
    assert ran.outline == ["1 Sum: SUCCESS", "1.1 Add up: SUCCESS", "2 Divide: SUCCESS"]
    assert ran.texts == ["The sum is 6", "6 / 3"]
