"""Tell a database that refuses a row from one that is away, busy, or has no tables."""

from typing import Final

from django.db.utils import InterfaceError, InternalError, OperationalError, ProgrammingError

# OperationalError is the drivers' word for "not your fault", and also for what a trigger or a limit refuses.
_POSTGRESQL_LIMITS: Final = "54"  # class of SQLSTATE: program limit exceeded
_SQLITE_ERROR: Final = 1  # no lock, no disk, no file: the statement itself
_MYSQL_AWAY: Final = frozenset(
    {
        1020,  # record has changed since last read
        1021,  # disk full
        1040,  # too many connections
        1053,  # server shutdown in progress
        1114,  # table is full
        1205,  # lock wait timeout
        1213,  # deadlock
        1290,  # read-only
        1317,  # query was interrupted
        1836,  # read-only
        1927,  # connection was killed
        1969,  # MariaDB: statement timeout
        3024,  # MySQL: statement timeout
        *range(1158, 1162),  # network errors
        *range(2000, 3000),  # errors of the client
    }
)
_NO_TABLES: Final = ("no such table", "no such column", "has no column named", "Unknown column")


def is_refusal(error: Exception) -> bool:
    """Tell whether an error is about what was to be stored.

    Args:
        error: what storing raised.

    Returns:
        False where the same may be stored later.
    """
    if isinstance(error, OperationalError):
        return not lacks_tables(error) and _is_about_a_row(error.__cause__)
    return not isinstance(error, (InterfaceError, InternalError, ProgrammingError))


def lacks_tables(error: Exception) -> bool:
    """Tell whether an error says that the app's tables are not there, or are older than the code."""
    if isinstance(error, OperationalError):
        return any(words in str(error) for words in _NO_TABLES)
    return isinstance(error, ProgrammingError)


def _is_about_a_row(cause: BaseException | None) -> bool:
    # PyMySQL tells the SQLSTATE, too, but there the number says more.
    number = cause.args[0] if cause is not None and cause.args else None
    if isinstance(number, int):
        return number not in _MYSQL_AWAY
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return bool(code == _SQLITE_ERROR)
    return str(getattr(cause, "sqlstate", "")).startswith(_POSTGRESQL_LIMITS)
