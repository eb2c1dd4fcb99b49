"""tracebacks: as Python formats them, but for what a signal raises meanwhile."""

import traceback
from collections.abc import Callable

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.recording.tracebacks import CHAIN_LIMIT, FRAME_LIMIT, GROUP_LIMIT, formatted, type_name


def _from(function: Callable[[], object]) -> BaseException:
    """Return what a function raises."""
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError


def fall(depth: int) -> None:
    """Raise an exception so many calls deep."""
    if depth:
        fall(depth - 1)
    raise ValueError("deep")


def cause() -> None:
    """Raise an exception because of another one."""
    try:
        fall(0)
    except ValueError as error:
        raise KeyError("high") from error


def context() -> None:
    """Raise an exception while another one is handled."""
    try:
        fall(0)
    except ValueError:
        raise KeyError("high")  # noqa: B904


def hidden() -> None:
    """Raise an exception that hides another one."""
    try:
        fall(0)
    except ValueError:
        raise KeyError("high") from None


def test_a_built_in_exception_has_a_bare_name() -> None:
    assert type_name(ZeroDivisionError) == "ZeroDivisionError"


def test_another_exception_has_the_name_of_its_module_too() -> None:
    assert type_name(SoftTimeLimitExceeded) == "billiard.exceptions.SoftTimeLimitExceeded"


def test_frames_are_shown_as_python_shows_them_without_carets() -> None:
    error = _from(lambda: fall(2))
    as_python_does = "".join(traceback.format_exception(error)).splitlines()
    assert formatted(error).splitlines() == [line for line in as_python_does if set(line) - set(" ^~")]


def test_without_a_traceback_only_the_exception_is_shown() -> None:
    assert formatted(ValueError("never raised")) == "ValueError: never raised\n"
    assert formatted(ValueError()) == "ValueError\n"


def test_the_cause_comes_first() -> None:
    shown = formatted(_from(cause))
    assert (
        shown.index("ValueError: deep") < shown.index("It was the cause of") < shown.index("KeyError: 'high'")
    )
    assert shown.count("Traceback (most recent call last)") == 2


def test_what_was_handled_meanwhile_comes_first() -> None:
    shown = formatted(_from(context))
    assert (
        shown.index("ValueError: deep")
        < shown.index("While it was handled")
        < shown.index("KeyError: 'high'")
    )


def test_what_was_hidden_is_not_shown() -> None:
    assert "ValueError" not in formatted(_from(hidden))


def test_a_chain_that_bites_its_own_tail_comes_to_an_end() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert (
        formatted(first)
        == "ValueError: second\n\nIt was the cause of the next exception:\n\nValueError: first\n"
    )


def test_of_a_long_chain_the_latest_exceptions_are_shown() -> None:
    error: BaseException | None = None
    for number in range(CHAIN_LIMIT + 5):
        latest = ValueError(f"number {number};")
        latest.__cause__, error = error, latest
    assert error is not None
    shown = formatted(error)
    assert (shown.count("ValueError"), "number 4;" in shown, "number 5;" in shown) == (
        CHAIN_LIMIT,
        False,
        True,
    )


def test_of_a_deep_traceback_the_innermost_frames_are_shown() -> None:
    alternating = _from(lambda: fall(500))
    shown = formatted(alternating)
    assert "test_of_a_deep_traceback" not in shown
    assert shown.count("in fall") <= FRAME_LIMIT
    assert shown.endswith('raise ValueError("deep")\nValueError: deep\n')


def test_notes_are_shown() -> None:
    error = ValueError("no good")
    error.add_note("in the second row")
    assert formatted(error) == "ValueError: no good\nin the second row\n"
    error.__notes__ = 17  # type: ignore[assignment]
    assert formatted(error) == "ValueError: no good\n"


def test_the_exceptions_of_a_group_are_shown_inside_of_it() -> None:
    group = ExceptionGroup("several", [ValueError("a"), ExceptionGroup("inner", [KeyError("b")])])
    assert formatted(group) == (
        "ExceptionGroup: several (2 sub-exceptions)\n"
        "  | ValueError: a\n\n"
        "  | ExceptionGroup: inner (1 sub-exception)\n"
        "  |   | KeyError: 'b'\n"
    )


def test_of_a_large_group_the_first_exceptions_are_shown() -> None:
    group = ExceptionGroup("many", [ValueError(number) for number in range(1_000)])
    assert formatted(group).count("ValueError") == GROUP_LIMIT


class Unprintable(Exception):
    """An exception whose text cannot be made."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error


def test_an_exception_that_cannot_be_printed_is_named() -> None:
    assert formatted(Unprintable(RuntimeError())).endswith(
        "Unprintable: <Unprintable: its text could not be made>\n"
    )


def test_a_time_limit_that_arises_while_the_exception_is_printed_passes() -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        formatted(Unprintable(SoftTimeLimitExceeded()))
