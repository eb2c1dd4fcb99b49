"""All SQL that differs between databases; each statement may be repeated without changing anything twice.

`dialect` is the grammar that PostgreSQL and SQLite share; `postgresql`, `sqlite` and `mariadb` say what is
different there. The statements are written with it: `logs`, `attempts`, `steps`, `messages`, `settling`.
"""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater.writing.sql.dialect import Dialect
from progress_updater.writing.sql.mariadb import MariaDB
from progress_updater.writing.sql.postgresql import PostgreSQL
from progress_updater.writing.sql.sqlite import SQLite

__all__ = ["Dialect", "dialect_of"]

_DIALECTS: Final[dict[str, type[Dialect]]] = {"postgresql": PostgreSQL, "sqlite": SQLite, "mysql": MariaDB}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """Choose the dialect of a database.

    Args:
        connection: an open connection.

    Returns:
        Its dialect; the shared grammar for a vendor that is not known.
    """
    return _DIALECTS.get(connection.vendor, Dialect)(connection)
