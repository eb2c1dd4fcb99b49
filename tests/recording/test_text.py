"""text: the wording of the classic text, byte for byte."""

import pytest

from progress_updater.recording import text


def test_a_step_of_the_first_level_begins_with_the_name_of_the_task() -> None:
    assert text.step_opened("First part", task_name="TEST") == "\t - TESTFirst part\n"


def test_a_nested_step_begins_with_its_own_name() -> None:
    assert text.step_opened("My subtask", task_name=None) == "\t - My subtask\n"


def test_a_message_stands_on_a_line_of_its_own() -> None:
    assert text.said("Some notification") == "\tSome notification\n"


def test_a_good_step_says_so() -> None:
    assert text.step_succeeded(0) == "\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"


def test_a_failed_step_shows_its_exception() -> None:
    assert text.step_failed(0, "ZeroDivisionError", "division by zero") == (
        "\t\tFailed\n\t\tTime spent: 0h0m\n\t\tSee error message:\n"
        "<class 'ZeroDivisionError'>: division by zero\n"
    )


def test_an_exception_without_a_text_shows_its_class() -> None:
    assert text.step_failed(0, "KeyError", None).endswith("<class 'KeyError'>: \n")


def test_a_step_that_ended_badly_without_an_exception_has_none_to_show() -> None:
    assert text.step_failed(0, None, None) == "\t\tFailed\n\t\tTime spent: 0h0m\n"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(59.9, "0h0m"), (60, "0h1m"), (3_599, "0h59m"), (3_600, "1h0m"), (90_061, "25h1m"), (-5, "0h0m")],
)
def test_time_is_spent_in_hours_and_minutes(seconds: float, shown: str) -> None:
    assert f"Time spent: {shown}\n" in text.step_succeeded(seconds)


def test_the_last_line_counts_jobs() -> None:
    assert text.task_finished(3, 4) == "\tTask Finished - 3 out of 4 jobs finished\n"
