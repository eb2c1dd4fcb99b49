"""Write to the tables, on a connection of the writer's own."""

from typing import Final

from django.db.utils import InterfaceError, OperationalError, ProgrammingError

from progress_updater.recording.changes import LogChange
from progress_updater.recording.guard import guard
from progress_updater.writing.connection import OwnConnection
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.poison import defused, parts
from progress_updater.writing.store import store_changes

SUSPICIOUS: Final = 3  # times the same error while the database answers


class DatabaseSink:
    """Write all changes of a flush in one transaction; set aside what the database refuses.

    Args:
        alias: the database.
    """

    def __init__(self, alias: str) -> None:
        self._connection = OwnConnection(alias)
        self._attempt_ids: dict[str, int] = {}
        self._last_error = ""
        self._repeated = 0

    def store(self, changes: list[LogChange]) -> None:
        """Write the rows.

        Args:
            changes: of one or more tasks.

        Raises:
            StoreLater: the database is away; nothing is lost.
        """
        try:
            self._write(changes)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            if not self._is_refused(error):
                raise StoreLater(_what_to_do(error)) from error
            self._store_in_parts(changes, error)
        except Exception as error:
            self._store_in_parts(changes, error)
        self._last_error, self._repeated = "", 0

    def _write(self, changes: list[LogChange]) -> None:
        try:
            with self._connection.transaction() as connection:
                store_changes(connection, changes, self._attempt_ids)
        except BaseException:
            # What was looked up inside the transaction is undone with it.
            self._attempt_ids.clear()
            raise
        self._forget_ended(changes)

    def _forget_ended(self, changes: list[LogChange]) -> None:
        for change in changes:
            if change.run is not None and change.run.attempt.end is not None:
                self._attempt_ids.pop(change.run.run, None)

    def _is_refused(self, error: Exception) -> bool:
        # Some databases report a refused row as an operational error, which else means: away, or locked.
        self._repeated = self._repeated + 1 if str(error) == self._last_error else 1
        self._last_error = str(error)
        alive = self._answers()
        return alive and self._repeated >= SUSPICIOUS and not _is_about_the_tables(error)

    def _answers(self) -> bool:
        try:
            with self._connection.transaction() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:
            self._connection.close()
            return False
        return True

    def _store_in_parts(self, changes: list[LogChange], error: Exception) -> None:
        pieces = parts(changes)
        if pieces:
            for piece in pieces:
                self._store_part(piece)
            return
        guard.report(error, "store a row, because the database refuses it; a gap takes its place")
        self._write_defused(changes)

    def _store_part(self, changes: list[LogChange]) -> None:
        try:
            self._write(changes)
        except (OperationalError, InterfaceError) as error:
            if not self._answers():
                raise StoreLater(_what_to_do(error)) from error
            self._store_in_parts(changes, error)
        except Exception as error:
            self._store_in_parts(changes, error)

    def _write_defused(self, changes: list[LogChange]) -> None:
        try:
            self._write([defused(change) for change in changes])
        except (OperationalError, InterfaceError) as error:
            raise StoreLater(_what_to_do(error)) from error
        except Exception as error:
            guard.report(error, "store a record at all; it is left out")

    def rest(self) -> None:
        """Close the connection of a quiet process."""
        self._connection.close()

    def abandon(self) -> None:
        """Leave the connection to the parent process, in a forked child."""
        self._connection.abandon()
        self._attempt_ids = {}


def _is_about_the_tables(error: Exception) -> bool:
    return isinstance(error, ProgrammingError) or "no such table" in str(error)


def _what_to_do(error: Exception) -> str:
    first_line = str(error).partition("\n")[0]
    if _is_about_the_tables(error):
        return f"{first_line} (are the tables there? Run: manage.py migrate)"
    return first_line
