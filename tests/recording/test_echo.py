"""Echo: the classic text on the standard output, as it happens."""

import io
import sys
from collections.abc import Callable

import pytest

from progress_updater import states
from progress_updater.recording.echo import Echo
from progress_updater.recording.guard import guard
from progress_updater.recording.recorder import Recorder


@pytest.fixture
def loud_run(run: Recorder) -> Recorder:
    """A run that is printed."""
    run.echo = Echo("TEST")
    return run


def test_a_step_without_child_steps_is_a_job(loud_run: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    step = loud_run.open_step(loud_run.root, "part")
    loud_run.say(step, "text")
    loud_run.close_step(step, None)
    loud_run.finish(states.SUCCESS)
    assert capsys.readouterr().out == (
        "\t - TESTpart\n\ttext\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
        "\tTask Finished - 1 out of 1 jobs finished\n"
    )


def test_a_step_with_child_steps_is_only_their_frame(
    loud_run: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    outer = loud_run.open_step(loud_run.root, "outer")
    inner = loud_run.open_step(outer, "inner")
    error = ValueError("no good")
    loud_run.close_step(inner, error)
    loud_run.close_step(outer, error)
    loud_run.finish(states.FAILURE, error)
    assert capsys.readouterr().out == (
        "\t - TESTouter\n\t - inner\n\t\tFailed\n\t\tTime spent: 0h0m\n\t\tSee error message:\n"
        "<class 'ValueError'>: no good\n\tTask Finished - 0 out of 1 jobs finished\n"
    )


def test_a_frame_in_which_an_exception_arose_shows_it(
    loud_run: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    outer = loud_run.open_step(loud_run.root, "outer")
    loud_run.close_step(loud_run.open_step(outer, "inner"), None)
    loud_run.close_step(outer, ValueError("between"))
    assert capsys.readouterr().out.endswith("<class 'ValueError'>: between\n")


def test_a_step_that_ended_badly_without_an_exception_has_failed(
    loud_run: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    from celery.exceptions import Ignore

    loud_run.close_step(loud_run.open_step(loud_run.root, "part"), Ignore())
    loud_run.finish(states.IGNORED)
    assert capsys.readouterr().out == (
        "\t - TESTpart\n\t\tFailed\n\t\tTime spent: 0h0m\n\tTask Finished - 0 out of 1 jobs finished\n"
    )


def test_a_planned_step_that_never_began_is_a_job_that_was_not_done(
    loud_run: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    loud_run.plan(loud_run.root, ["a", "b"])
    loud_run.close_step(loud_run.open_step(loud_run.root, "a"), None)
    loud_run.finish(states.SUCCESS)
    assert capsys.readouterr().out.endswith("\tTask Finished - 1 out of 2 jobs finished\n")


def test_what_a_terminal_cannot_show_is_replaced(
    loud_run: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    loud_run.say(loud_run.root, "a\x00b\ud800")
    assert capsys.readouterr().out == "\ta\ufffdb\ufffd\n"


def test_without_a_standard_output_nothing_is_printed(
    loud_run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    loud_run.say(loud_run.root, "text")


def _closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize(
    "make_stream",
    [_closed, lambda: io.TextIOWrapper(io.BytesIO(), encoding="ascii")],
    ids=["closed", "ascii"],
)
def test_an_output_that_refuses_a_line_loses_no_step_of_the_record(
    loud_run: Recorder,
    now_stored: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    make_stream: Callable[[], io.TextIOBase],
) -> None:
    monkeypatch.setattr(guard, "loud", False)
    failures = guard.failures
    monkeypatch.setattr(sys, "stdout", make_stream())
    step = loud_run.open_step(loud_run.root, "ä")
    loud_run.say(step, "ö")
    loud_run.close_step(step, ValueError("ü"))
    assert guard.failures == failures + 3
    assert not loud_run.has_open_steps
    loud_run.finish(states.SUCCESS)
    assert now_stored().outline == [("1 ä", states.FAILURE)]  # type: ignore[attr-defined]
