"""Which exceptions a block, or our own guard, never stops."""

import asyncio

from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded

from progress_updater import states
from progress_updater.exceptions import TaskCancelled

# SoftTimeLimitExceeded is an Exception and can arise at any line, of ours too: whoever catches
# Exception has to let these pass first.
PASSING: tuple[type[Exception], ...] = (Retry, Ignore, Reject, SoftTimeLimitExceeded, TaskCancelled)


def may_be_suppressed(exception: BaseException) -> bool:
    """Tell whether a block may swallow an exception.

    Args:
        exception: what left the block.

    Returns:
        False for control flow and time limits, for a group with one of them, and for what is no Exception.
    """
    if isinstance(exception, ExceptionGroup):
        return exception.subgroup(PASSING) is None
    return isinstance(exception, Exception) and not isinstance(exception, PASSING)


def state_after(exception: BaseException | None) -> str:
    """Give the state of a step that ended with an exception, or without one.

    Args:
        exception: what left the step's block, None when it came to its end.

    Returns:
        A state; control flow (a retry, a closed generator, a clean exit) is no failure.
    """
    if exception is None or isinstance(exception, GeneratorExit):
        return states.SUCCESS
    if isinstance(exception, Retry):
        return states.RETRY
    if isinstance(exception, (TaskCancelled, asyncio.CancelledError)):
        return states.REVOKED
    if isinstance(exception, (Ignore, Reject)):
        return states.IGNORED
    if isinstance(exception, SystemExit) and not exception.code:
        return states.SUCCESS
    return states.FAILURE
