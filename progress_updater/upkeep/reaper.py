"""Have tasks stored as LOST whose process is silent."""

import os
from collections import OrderedDict
from time import monotonic
from typing import Final

from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import OneChange, loss

ASK_AGAIN: Final = 1.0  # seconds after which one that was heard of since is asked for again
GIVE_UP: Final = 60.0  # seconds after which one that could not be stored is asked for again
REMEMBERED: Final = 1_000  # runs
PATIENCE: Final = 0.5  # seconds that a reader waits to see it stored

_asked: Final[OrderedDict[str, tuple[float, OneChange]]] = OrderedDict()


def reap(task_uuid: str, run: str) -> bool:
    """Ask the writer to store a run as lost; it looks once more, and does it once whoever else asks.

    Args:
        task_uuid: the task's id, as it is stored.
        run: a run whose process was found silent.

    Returns:
        False where it was asked for already.
    """
    if _was_asked(run):
        return False
    source = loss(task_uuid, run, current().LOST_AFTER)
    _asked[run] = monotonic(), source
    while len(_asked) > REMEMBERED:
        _asked.popitem(last=False)
    channel().prompt(source)
    return True


def _was_asked(run: str) -> bool:
    if run not in _asked:
        return False
    asked, source = _asked[run]
    return monotonic() - asked < (GIVE_UP if source.collect() else ASK_AGAIN)


def reap_and_wait(task_uuid: str, run: str) -> None:
    """Do the same, and wait for a limited time until it is stored.

    Args:
        task_uuid: the task's id, as it is stored.
        run: a run whose process was found silent.
    """
    if reap(task_uuid, run):
        channel().flush(PATIENCE)


os.register_at_fork(after_in_child=_asked.clear)
