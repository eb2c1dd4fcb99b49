"""Changes that do not come from a run: a task was sent, or somebody declares its end."""

from collections.abc import Callable
from dataclasses import replace
from time import time

from progress_updater import states
from progress_updater.recording.changes import Identity, LogChange, Settlement
from progress_updater.recording.guard import guard


class OneChange:
    """Carry one change to the writer and forget it once it is stored."""

    held = 0
    is_counting = False

    def __init__(self, change: LogChange | None) -> None:
        self._change = change

    def collect(self) -> LogChange | None:
        """Return the change until it is stored."""
        return self._change

    def stored(self, change: LogChange) -> None:
        """Forget it."""
        self._change = None


class LaterChange(OneChange):
    """Carry one change that is worked out by whoever stores it, so that it costs its author little.

    Args:
        make: works it out, in another thread; what it looks at changes no more.
    """

    def __init__(self, make: Callable[[], LogChange]) -> None:
        super().__init__(None)
        self._make: Callable[[], LogChange] | None = make

    def collect(self) -> LogChange | None:
        """Work the change out, and return it until it is stored."""
        if self._make is not None:
            # In one statement: a signal may interrupt the making, and it is made again.
            self._change, self._make = _made(self._make), None
        return super().collect()


@guard.wrap("record a change", None)
def _made(make: Callable[[], LogChange]) -> LogChange:
    return make()


def sending(task_uuid: str, identity: Identity) -> LogChange:
    """Say that a task was sent.

    Args:
        task_uuid: the task's id, as it is stored.
        identity: what is known of the call.

    Returns:
        The change of its record.
    """
    return LogChange(task_uuid=task_uuid, identity=identity, events=1)


def publication(task_uuid: str, identity: Identity) -> OneChange:
    """Say that a task was sent, as a source for the writer; the arguments are those of `sending`."""
    return OneChange(sending(task_uuid, identity))


def settlement(task_uuid: str, identity: Identity, end: Settlement) -> OneChange:
    """Say how a task ended that could not say it itself.

    Args:
        task_uuid: the task's id, as it is stored.
        identity: what is known of the call.
        end: how it ended.

    Returns:
        A source for the writer.
    """
    return OneChange(LogChange(task_uuid=task_uuid, identity=identity, events=1, settlement=end))


def of_begun(end: Settlement) -> Settlement:
    """Say what a settlement says of a task that has begun and not ended.

    Args:
        end: the settlement.

    Returns:
        The settlement; a failure where it has one for this.
    """
    return end if end.if_begun is None else replace(end, state=states.FAILURE, failure=end.if_begun)


def look(task_uuid: str) -> OneChange:
    """Say that the tree of a task is to be counted again.

    Args:
        task_uuid: the task's id, as it is stored.

    Returns:
        A source for the writer.
    """
    return OneChange(
        LogChange(task_uuid=task_uuid, identity=Identity(task_name="?"), events=0, only_tree=True)
    )


def loss(task_uuid: str, run: str, silent_for: float) -> OneChange:
    """Say that a run is lost, if it still goes on and its process is silent when that is stored.

    Args:
        task_uuid: the task's id, as it is stored.
        run: the run.
        silent_for: seconds for which its process has to be silent.

    Returns:
        A source for the writer.
    """
    end = Settlement(
        state=states.LOST,
        end=time(),
        failure=None,
        only_known=True,
        silent_run=run,
        silent_for=silent_for,
    )
    return settlement(task_uuid, Identity(task_name="?"), end)
