"""Store in the caller's thread, on the connection that the caller uses."""

from django.db import connections, transaction

from progress_updater.recording.changes import LogChange
from progress_updater.writing.store import store_changes


class InlineSink:
    """Write like the database sink, inside the caller's transaction: for tests and for debugging.

    Args:
        alias: the database.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def store(self, changes: list[LogChange]) -> None:
        """Write the rows; an error leaves the caller's transaction as it was."""
        with transaction.atomic(using=self._alias):
            store_changes(connections[self._alias], changes, {})

    def rest(self) -> None:
        """Do nothing: the connection is the caller's."""

    def prepare_fork(self) -> None:
        """Do nothing: the connection is the caller's."""

    def abandon(self) -> None:
        """Do nothing: the connection is the caller's."""
