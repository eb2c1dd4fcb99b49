"""What the end of an execution, as Celery tells it, means for the record."""

import sys
from typing import Any, NamedTuple

from celery.exceptions import Reject, Retry

from progress_updater import states
from progress_updater.exceptions import TaskCancelled
from progress_updater.recording.passing import state_after


class Outcome(NamedTuple):
    """How an execution ended."""

    state: str
    exception: BaseException | None


def outcome_of(task: Any, state: str | None, retval: object) -> Outcome | None:
    """Translate what Celery says after a task; call it in the receiver of task_postrun.

    Args:
        task: the task.
        state: Celery's state, None where an exception interrupts Celery itself.
        retval: what the task returned or raised.

    Returns:
        None where the process is being stopped: whoever stopped it tells the end.
    """
    if state is None:
        return _interrupted(sys.exception(), is_eager=task.request.is_eager)
    if isinstance(retval, TaskCancelled):
        return Outcome(states.REVOKED, retval)
    if isinstance(retval, Reject):
        # A message that was acknowledged before the task began is not delivered again.
        comes_back = retval.requeue and task.acks_late
        return Outcome(states.RETRY if comes_back else states.FAILURE, retval)
    return Outcome(state if state in states.STATES else states.SUCCESS, None)


def _interrupted(exception: BaseException | None, *, is_eager: bool) -> Outcome | None:
    if exception is None or not (is_eager or _is_time_limit_of_gevent(exception)):
        return None
    state = state_after(exception)
    # An eager task that passes its exceptions on to the caller is not tried again.
    return Outcome(states.FAILURE if isinstance(exception, Retry) else state, exception)


def _is_time_limit_of_gevent(exception: BaseException) -> bool:
    gevent = sys.modules.get("gevent")
    return gevent is not None and isinstance(exception, gevent.Timeout)
