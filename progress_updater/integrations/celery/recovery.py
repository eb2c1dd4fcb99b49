"""A worker's main process stores what its children left behind when they died."""

import atexit
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import close, sink_in_force
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.native import start_thread

if TYPE_CHECKING:
    from progress_updater.writing.journal.watching import Watch


_watches: Final[list["Watch"]] = []


@guard.wrap("watch the journals of a worker's processes", None)
def watch_journals(**_: Any) -> None:
    """Look each second for journals whose process has died; also for those of workers before this one."""
    # It needs the models, which are not there yet when Celery's signals are connected.
    from progress_updater.writing.journal.watching import Watch

    folder = journal_folder(current())
    if folder is not None and sink_in_force() == "database" and not _watches:
        _watches.append(Watch(folder, current().DATABASE))
        # It comes before the last flush, which was registered before.
        atexit.register(_watches[0].act_now)
        start_thread(_watches[0].run)


def after_recovery(task_uuid: str, act: Callable[[], None]) -> None:
    """Do something once what dead processes said of a task is stored.

    Args:
        task_uuid: the task's id, as it is stored.
        act: called soon, in a thread; at once where nobody watches journals.
    """
    if _watches:
        _watches[0].look_before(task_uuid, act)
    else:
        act()


@guard.wrap("store the last changes of a worker's process", None)
def close_process(**_: Any) -> None:
    """Store everything where a child of the pool leaves."""
    close()


# Nobody looks in a forked child.
os.register_at_fork(after_in_child=_watches.clear)
