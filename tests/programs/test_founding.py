"""The two examples that this project was founded on."""

from collections.abc import Callable
from typing import Any

import pytest

from project.tasks import founding, my_task_2
from tests.programs.conftest import Ran
from tests.rows import FOUNDING_TEXT

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

CONTRACT = ["task_name", "task_uuid", "start", "end", "log", "exception", "finished", "status"]


def test_the_first_example_is_recorded_byte_for_byte(run: Callable[..., Ran]) -> None:
    ran = run(founding)
    with pytest.raises(ZeroDivisionError):
        ran.result.get()
    assert list(ran.record)[:8] == CONTRACT
    assert ran.record["log"] == FOUNDING_TEXT
    assert ran.record["task_name"] == "TEST"
    assert (ran.record["exception"], ran.record["finished"], ran.record["status"]) == (
        "division by zero",
        True,
        0,
    )
    assert ran.outline == [
        "1 First part: SUCCESS",
        "2 Second part: SUCCESS",
        "2.1 My subtask 1 in my task 2: SUCCESS",
        "2.2 My subtask 2 in my task 2: FAILURE",
        "2.3 My subtask 3 in my task 2: SUCCESS",
    ]


def test_the_first_example_prints_what_is_recorded(
    run: Callable[..., Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    run(founding, verbose=1)
    assert capsys.readouterr().out == FOUNDING_TEXT


def test_the_first_example_records_under_the_id_of_its_caller(
    run: Callable[..., Ran], read: Callable[[str], dict[str, Any]]
) -> None:
    ran = run(founding, task_uuid="chosen by the caller")
    record = read("chosen by the caller")
    assert record["log"] == FOUNDING_TEXT
    assert (record["finished"], record["parent"]) == (True, ran.record["task_uuid"])


def test_the_second_example_runs_as_a_task_of_its_own(run: Callable[..., Ran]) -> None:
    ran = run(my_task_2)
    assert ran.result.state == "SUCCESS"
    assert (ran.record["task_name"], ran.record["state"]) == ("project.tasks.my_task_2", "FAILURE")
    assert ran.outline == [
        "1 My subtask 1 in my task 2: SUCCESS",
        "2 My subtask 2 in my task 2: FAILURE",
        "3 My subtask 3 in my task 2: SUCCESS",
    ]
    assert ran.record["log"].endswith("\tTask Finished - 2 out of 3 jobs finished\n")
