"""passing: what a block may swallow, and what a step becomes."""

import asyncio

import pytest
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded, WorkerTerminate

from progress_updater import TaskCancelled, states
from progress_updater.recording.passing import may_be_suppressed, state_after

CONTROL_FLOW = [Retry(), Ignore(), Reject(), SoftTimeLimitExceeded(), TaskCancelled()]
NO_EXCEPTIONS = [
    KeyboardInterrupt(),
    SystemExit(),
    GeneratorExit(),
    asyncio.CancelledError(),
    WorkerTerminate(),
    BaseException(),
]


@pytest.mark.parametrize(
    "exception", [Exception(), ValueError(), TimeoutError(), RecursionError(), MemoryError()]
)
def test_an_exception_may_be_swallowed(exception: Exception) -> None:
    assert may_be_suppressed(exception)


@pytest.mark.parametrize("exception", [*CONTROL_FLOW, *NO_EXCEPTIONS], ids=repr)
def test_control_flow_time_limits_and_what_is_no_exception_pass(exception: BaseException) -> None:
    assert not may_be_suppressed(exception)


@pytest.mark.parametrize("exception", CONTROL_FLOW, ids=repr)
def test_a_group_with_one_of_them_passes(exception: Exception) -> None:
    group = ExceptionGroup("group", [ValueError(), ExceptionGroup("inner", [exception])])
    assert not may_be_suppressed(group)


def test_a_group_of_other_exceptions_may_be_swallowed() -> None:
    assert may_be_suppressed(ExceptionGroup("group", [ValueError(), KeyError()]))
    assert not may_be_suppressed(BaseExceptionGroup("group", [KeyboardInterrupt()]))


@pytest.mark.parametrize(
    ("exception", "state"),
    [
        (None, states.SUCCESS),
        (GeneratorExit(), states.SUCCESS),
        (SystemExit(), states.SUCCESS),
        (SystemExit(0), states.SUCCESS),
        (SystemExit(1), states.FAILURE),
        (SystemExit("out of paper"), states.FAILURE),
        (Retry(), states.RETRY),
        (Ignore(), states.IGNORED),
        (Reject(), states.IGNORED),
        (TaskCancelled(), states.REVOKED),
        (asyncio.CancelledError(), states.REVOKED),
        (SoftTimeLimitExceeded(), states.FAILURE),
        (ValueError(), states.FAILURE),
        (KeyboardInterrupt(), states.FAILURE),
    ],
    ids=repr,
)
def test_a_step_ends_as_its_exception_says(exception: BaseException | None, state: str) -> None:
    assert state_after(exception) == state
