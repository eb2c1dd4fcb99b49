"""Keep records in memory: the default in Django's test environment, without thread and query."""

from collections import OrderedDict
from typing import Final

from progress_updater.recording.changes import LogChange

KEPT: Final = 1_000  # tasks; older ones are forgotten


class MemorySink:
    """Keep the changes of the latest tasks.

    Args:
        kept: of how many tasks; None for all.

    Attributes:
        changes: by task id, the changes in the order in which they came.
    """

    def __init__(self, kept: int | None = KEPT) -> None:
        self._kept = kept
        self.changes: OrderedDict[str, list[LogChange]] = OrderedDict()

    def store(self, changes: list[LogChange]) -> None:
        """Keep them."""
        for change in (change for change in changes if not change.only_tree):
            self.changes.setdefault(change.task_uuid, []).append(change)
        while self._kept is not None and len(self.changes) > self._kept:
            self.changes.popitem(last=False)

    def rest(self) -> None:
        """Do nothing: memory needs no rest."""

    def prepare_fork(self) -> None:
        """Do nothing: memory may be copied."""

    def abandon(self) -> None:
        """Forget everything, in a forked child."""
        self.changes.clear()
