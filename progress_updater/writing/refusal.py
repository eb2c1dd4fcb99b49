"""Tell a database that refuses a row from one that is away, busy, or has no tables."""

from typing import Final

from django.db.utils import InterfaceError, InternalError, OperationalError, ProgrammingError

# The drivers' classes of errors are no help where a trigger, a limit or a lock is concerned: their codes are.
_POSTGRESQL_ROWS: Final = ("09", "27", "38", "39", "44", "54", "P0")  # triggers, routines, views, limits
_POSTGRESQL_TABLES: Final = frozenset({"42P01", "42703", "3F000"})
_POSTGRESQL_DEADLOCK: Final = frozenset({"40001", "40P01"})
_MYSQL_DEADLOCK: Final = frozenset({1020, 1213})
_SQLITE_ERROR: Final = 1  # no lock, no disk, no file: the statement itself
_SQLITE_TABLES: Final = ("no such table", "no such column", "has no column named")
_MYSQL_TABLES: Final = frozenset({1054, 1146})
_MYSQL_AWAY: Final = frozenset(
    {
        1020,  # record has changed since last read
        1021,  # disk full
        1040,  # too many connections
        1041,  # out of resources
        1044,  # access denied
        1045,  # access denied
        1049,  # unknown database
        1053,  # server shutdown in progress
        1114,  # table is full
        1129,  # host is blocked
        1135,  # no thread for a connection
        1203,  # too many connections of the user
        1205,  # lock wait timeout
        1213,  # deadlock
        1226,  # too many connections of the user
        1290,  # read-only
        1317,  # query was interrupted
        1792,  # read-only
        1836,  # read-only
        1927,  # connection was killed
        1969,  # MariaDB: statement timeout
        3024,  # MySQL: statement timeout
        *range(1158, 1162),  # network errors
        *range(2000, 3000),  # errors of the client
    }
)


def is_refusal(error: Exception) -> bool:
    """Tell whether an error is about what was to be stored.

    Args:
        error: what storing raised.

    Returns:
        False where the same may be stored later.
    """
    if isinstance(error, (OperationalError, ProgrammingError)):
        return _is_about_a_row(error) and not lacks_tables(error)
    return not isinstance(error, (InterfaceError, InternalError))


def was_deadlock(error: Exception) -> bool:
    """Tell whether the database has undone a transaction so that another one could go on."""
    return _mysql_number(error) in _MYSQL_DEADLOCK or _postgresql_state(error) in _POSTGRESQL_DEADLOCK


def lacks_tables(error: Exception) -> bool:
    """Tell whether an error says that the app's tables are not there, or are older than the code."""
    if _sqlite_code(error) == _SQLITE_ERROR:
        return any(words in str(error) for words in _SQLITE_TABLES)
    return _mysql_number(error) in _MYSQL_TABLES or _postgresql_state(error) in _POSTGRESQL_TABLES


def _is_about_a_row(error: Exception) -> bool:
    number = _mysql_number(error)
    if number is not None:
        return isinstance(error, OperationalError) and number not in _MYSQL_AWAY
    return _sqlite_code(error) == _SQLITE_ERROR or _postgresql_state(error).startswith(_POSTGRESQL_ROWS)


def _sqlite_code(error: Exception) -> int | None:
    return getattr(error.__cause__, "sqlite_errorcode", None)


def _mysql_number(error: Exception) -> int | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def _postgresql_state(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
