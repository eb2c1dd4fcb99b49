"""The guard: an error of our own ends there, is counted, and is logged once."""

import logging
from collections.abc import Callable, Iterator

import pytest
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded

from progress_updater import TaskCancelled
from progress_updater.recording.guard import Expected, Guard


@pytest.fixture
def guard() -> Guard:
    return Guard()


def _broken(guard: Guard, error: BaseException) -> Callable[[], str]:
    @guard.wrap("do it", "default")
    def broken() -> str:
        raise error

    return broken


def test_an_internal_error_gives_the_default(guard: Guard) -> None:
    assert _broken(guard, ValueError())() == "default"
    assert guard.failures == 1


def test_without_an_error_the_result_is_given(guard: Guard) -> None:
    assert guard.wrap("do it", None)(lambda value: value + 1)(1) == 2
    assert guard.failures == 0


def test_each_kind_of_error_is_logged_once(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    for error in (ValueError("first"), ValueError("second"), KeyError("third")):
        _broken(guard, error)()
    first, third = caplog.records
    assert first.getMessage() == (
        "progress_updater could not do it: first. The task is not affected; further errors of this kind are "
        "only counted."
    )
    assert first.levelno == logging.WARNING
    assert first.exc_info is not None
    assert "third" in third.getMessage()
    assert guard.failures == 3


def test_an_expected_error_is_logged_without_a_traceback(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    guard.report(Expected("the database is away"), "store progress")
    assert not caplog.records[0].exc_info


def test_an_expected_error_is_logged_once_whatever_was_being_done(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    for doing in ("store progress", "say that this process is alive", "store progress"):
        guard.report(Expected("the database is away"), doing)
    assert len(caplog.records) == 1
    assert guard.failures == 3


@pytest.mark.parametrize(
    "error",
    [
        Retry(),
        Ignore(),
        Reject(),
        SoftTimeLimitExceeded(),
        TaskCancelled(),
        KeyboardInterrupt(),
        SystemExit(),
    ],
    ids=repr,
)
def test_what_is_never_swallowed_passes(guard: Guard, error: BaseException) -> None:
    with pytest.raises(type(error)):
        _broken(guard, error)()
    assert guard.failures == 0


def test_a_loud_guard_raises_what_it_caught(guard: Guard) -> None:
    guard.loud = True
    with pytest.raises(ValueError, match="no good"):
        _broken(guard, ValueError("no good"))()
    assert guard.failures == 1


class _BrokenFilter(logging.Filter):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def filter(self, record: logging.LogRecord) -> bool:
        raise self.error


@pytest.fixture
def break_logging() -> Iterator[Callable[[Exception], None]]:
    logger = logging.getLogger("progress_updater")
    filters = list(logger.filters)

    def break_logging(error: Exception) -> None:
        logger.addFilter(_BrokenFilter(error))

    yield break_logging
    logger.filters[:] = filters


def test_logging_that_fails_does_not_reach_the_task(
    guard: Guard, break_logging: Callable[[Exception], None]
) -> None:
    break_logging(ValueError("the filter is broken"))
    assert _broken(guard, KeyError())() == "default"
    assert guard.failures == 1


def test_a_time_limit_that_arises_while_logging_passes(
    guard: Guard, break_logging: Callable[[Exception], None]
) -> None:
    break_logging(SoftTimeLimitExceeded())
    with pytest.raises(SoftTimeLimitExceeded):
        _broken(guard, KeyError())()
