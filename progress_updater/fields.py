"""A text column that compares byte by byte in every database."""

from typing import TYPE_CHECKING, Any

from django.db.models import CharField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _CharField = CharField[Any, Any]
else:
    _CharField = CharField


class ExactCharField(_CharField):
    """Hold an identifier: letter case, accents and trailing spaces make a difference.

    MariaDB and MySQL fold them by default, so two ids, or two owners, would be taken for one. PostgreSQL
    finds the beginning of a text by an index only if it compares byte by byte.
    """

    def db_parameters(self, connection: "BaseDatabaseWrapper") -> Any:
        """Return the column's type and the collation that compares bytes."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        elif connection.vendor == "mysql":
            mariadb = getattr(connection, "mysql_is_mariadb", False)
            parameters["collation"] = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
        return parameters
