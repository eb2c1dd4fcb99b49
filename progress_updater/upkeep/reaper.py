"""Have tasks stored as LOST whose process is silent, and settled what waits for such a task."""

import os
from collections import OrderedDict
from time import monotonic
from typing import Final

from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sources import OneChange, look, loss

ASK_AGAIN: Final = 1.0  # seconds after which one that was heard of since is asked for again
LOOK_AGAIN: Final = 20.0  # seconds after which a tree is looked at again
GIVE_UP: Final = 60.0  # seconds after which one that could not be stored is asked for again
REMEMBERED: Final = 1_000  # runs and trees
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
    return _ask(run, loss(task_uuid, run, current().LOST_AFTER), ASK_AGAIN)


def look_at_tree(tree: str, task_uuid: str) -> bool:
    """Ask the writer to count the tasks that belong together, and to settle those that wait for a lost one.

    Args:
        tree: what they share.
        task_uuid: the id of one of them, as it is stored.

    Returns:
        False where it was asked for already.
    """
    return _ask(f"the tree {tree}", look(task_uuid), LOOK_AGAIN)


def _ask(key: str, source: OneChange, pause: float) -> bool:
    if _was_asked(key, pause):
        return False
    _asked[key] = monotonic(), source
    while len(_asked) > REMEMBERED:
        _asked.popitem(last=False)
    channel().prompt(source)
    return True


def _was_asked(key: str, pause: float) -> bool:
    found = _asked.get(key)
    if found is None:
        return False
    asked, source = found
    return monotonic() - asked < (GIVE_UP if source.collect() else pause)


def reap_and_wait(task_uuid: str, run: str) -> None:
    """Do the same, and wait for a limited time until it is stored.

    Args:
        task_uuid: the task's id, as it is stored.
        run: a run whose process was found silent.
    """
    if reap(task_uuid, run):
        channel().flush(PATIENCE)


os.register_at_fork(after_in_child=_asked.clear)
