"""Store in the caller's thread, on the connection that the caller uses."""

from django.db import connections, transaction

from progress_updater.recording.changes import LogChange
from progress_updater.writing.cancelling import tell_cancelled
from progress_updater.writing.sql import dialect_of
from progress_updater.writing.store import store_changes
from progress_updater.writing.trees import counted


class InlineSink:
    """Write like the database sink, inside the caller's transaction: for tests and for debugging.

    Args:
        alias: the database.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def store(self, changes: list[LogChange]) -> None:
        """Write the rows; an error leaves the caller's transaction as it was."""
        connection, trees = connections[self._alias], set[str]()
        with transaction.atomic(using=self._alias):
            cancelled = store_changes(connection, changes, {}, trees=trees)
            if trees:
                with connection.cursor() as cursor:
                    counted(dialect_of(connection), cursor, sorted(trees))
        tell_cancelled(cancelled)

    def rest(self) -> None:
        """Do nothing: the connection is the caller's."""

    def prepare_fork(self) -> None:
        """Do nothing: the connection is the caller's."""

    def abandon(self) -> None:
        """Do nothing: the connection is the caller's."""
