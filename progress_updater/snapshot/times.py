"""Times as JSON shows them: UTC, six decimals, "2019-08-08T14:54:10.788631Z"."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db import connections
from django.db.models import Func, TextField
from django.utils import timezone


def timestamp(moment: datetime | None) -> str | None:
    """Write a moment.

    Args:
        moment: a time; one without a zone is in the project's TIME_ZONE.

    Returns:
        Its text, None for None.
    """
    return None if moment is None else _text(in_utc(moment))


def in_utc(moment: datetime) -> datetime:
    """Convert a moment to UTC.

    Args:
        moment: a time; one without a zone is in the project's TIME_ZONE.

    Returns:
        The same moment.
    """
    aware = moment if moment.tzinfo is not None else timezone.make_aware(moment)
    return aware.astimezone(UTC)


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Measure a duration.

    Args:
        start: when it began, None if it did not.
        end: when it ended, None where that is unknown.

    Returns:
        Seconds, never negative; None where it is unknown.
    """
    if start is None or end is None:
        return None
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


class TimeText(Func):
    """A time column as text, made by the database: a driver takes longer for it than all else together.

    The text always ends in "Z"; what it means depends on the connection's time zone.
    """

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Complete what SQLite stores: text that leaves out a fraction of zero."""
        template = "SUBSTR(REPLACE(%(expressions)s, ' ', 'T') || '.000000', 1, 26) || 'Z'"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Write UTC, whatever the session's DateStyle and time zone."""
        template = "TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Write what the column holds."""
        template = "DATE_FORMAT(%(expressions)s, '%%%%Y-%%%%m-%%%%dT%%%%H:%%%%i:%%%%s.%%%%fZ')"
        return self.as_sql(compiler, connection, template=template, **context)


def conversion_to_utc(alias: str) -> Callable[[str], str] | None:
    """Give the function that corrects a TimeText of a connection that does not keep its times in UTC.

    Args:
        alias: the database.

    Returns:
        A function from text to text, None where the text is right as it is.
    """
    connection = connections[alias]
    zone: tzinfo | None = connection.timezone
    if zone is UTC or connection.vendor == "postgresql":
        return None
    return lambda text: _text(in_utc(datetime.fromisoformat(text).replace(tzinfo=zone)))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"
