"""failure: what is kept of an exception."""

import re
import signal

import pytest
from billiard.common import _shutdown_cleanup
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.recording import failure
from progress_updater.recording.failure import TRACEBACK_LIMIT, describe


class Unprintable(Exception):
    """An exception whose text cannot be made."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error

    __repr__ = __str__


def _raised(exception: BaseException) -> BaseException:
    """Return the exception with a traceback."""
    try:
        raise exception
    except BaseException as error:
        return error


def test_a_failure_keeps_type_text_step_and_traceback() -> None:
    kept = describe(_raised(ValueError("no good")), step=4, limit=100)
    assert (kept.type, kept.text, kept.step, kept.where) == ("ValueError", "no good", 4, None)
    assert kept.traceback is not None
    assert kept.traceback.startswith("Traceback (most recent call last):\n")
    assert kept.traceback.endswith("ValueError: no good\n")


def test_the_traceback_may_be_left_out() -> None:
    assert describe(ValueError(), step=None, limit=100, with_traceback=False).traceback is None


def test_a_long_text_is_cut() -> None:
    assert (
        describe(ValueError("x" * 1_000), step=None, limit=10).text == "x" * 10 + "… (cut: 1,000 characters)"
    )


def test_an_exception_without_a_text_is_described_all_the_same() -> None:
    kept = describe(_raised(Unprintable(RuntimeError())), step=None, limit=100)
    assert kept.text == "<Unprintable: its text could not be made>"
    assert "Unprintable" in (kept.traceback or "")


@pytest.mark.parametrize(
    ("code", "text"),
    [(-241, "The process was told to end (SIGTERM)."), (3, "3"), ("no file", "no file"), (None, "")],
)
def test_an_exit_of_a_pool_process_at_a_signal_names_it(code: object, text: str) -> None:
    assert describe(SystemExit(*([] if code is None else [code])), step=None, limit=100).text == text


def test_the_code_is_that_of_celerys_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billiard.common._should_have_exited", [False])
    monkeypatch.setattr("billiard.common.maybe_setsignal", lambda *_: None)
    with pytest.raises(SystemExit) as exit_:
        _shutdown_cleanup(signal.SIGTERM, None)
    assert "SIGTERM" in describe(exit_.value, step=None, limit=100).text


def test_a_recursion_error_is_described() -> None:
    def endless() -> None:
        endless()

    with pytest.raises(RecursionError) as raised:
        endless()
    kept = describe(raised.value, step=None, limit=100)
    assert kept.text == "maximum recursion depth exceeded"
    assert len(kept.traceback or "") < TRACEBACK_LIMIT


def test_of_a_long_traceback_the_end_is_kept() -> None:
    kept = describe(_raised(ValueError("x" * 2 * TRACEBACK_LIMIT)), step=None, limit=100)
    assert kept.traceback is not None
    assert kept.traceback.startswith("… (cut)\nxxx")
    assert len(kept.traceback) == TRACEBACK_LIMIT + len("… (cut)\n")


def test_of_a_long_traceback_whole_lines_are_kept() -> None:
    text = "\n".join(f"line {number} end" for number in range(TRACEBACK_LIMIT // 8))
    kept = describe(_raised(ValueError(text)), step=None, limit=100)
    first = (kept.traceback or "").split("\n")[1]
    assert re.fullmatch(r"line \d+ end", first)


def test_a_traceback_that_cannot_be_formatted_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> list[str]:
        raise RuntimeError

    monkeypatch.setattr(failure, "formatted", broken)
    kept = describe(ValueError(), step=None, limit=100)
    assert kept.traceback == "<the traceback of ValueError could not be formatted>"


def test_a_time_limit_that_arises_while_the_traceback_is_formatted_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*args: object, **options: object) -> list[str]:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(failure, "formatted", interrupted)
    with pytest.raises(SoftTimeLimitExceeded):
        describe(ValueError(), step=None, limit=100)
