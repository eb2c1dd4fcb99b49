"""Celery's signals swallow what a receiver raises, a soft time limit too: here it is raised once more.

The limit comes as a Unix signal, so it can arise at any line of the pool's child, also in our receivers while
the task sends another task. So does Python where the task forks.
"""

import functools
import os
from collections.abc import Callable
from time import sleep
from typing import Final, ParamSpec

from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.integrations.celery.running import Execution, execution
from progress_updater.writing.forking import swallowed
from progress_updater.writing.native import start_thread

P = ParamSpec("P")

SOON: Final = 0.005  # seconds; the receiver has returned by then


def keep_soft_time_limit(receiver: Callable[P, None]) -> Callable[P, None]:
    """Decorate a receiver of a signal that Celery sends in the middle of a task.

    Args:
        receiver: the receiver.

    Returns:
        The receiver; a soft time limit that hits it hits the task soon after.
    """

    @functools.wraps(receiver)
    def kept(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            receiver(*args, **kwargs)
        except SoftTimeLimitExceeded:
            send_again_soon()

    return kept


def send_again_soon() -> None:
    """Have a soft time limit strike once more, unless the task that it hit ends before that."""
    here = execution.get()
    start_thread(lambda: _send_again(here))


swallowed.append(send_again_soon)


def _send_again(hit: Execution | None) -> None:
    # Only a worker needs its pool, and has it.
    from billiard.pool import SIG_SOFT_TIMEOUT

    sleep(SOON)
    # A task that has ended meanwhile has kept its limit.
    if hit is None or not hit.has_ended:
        os.kill(os.getpid(), SIG_SOFT_TIMEOUT)
