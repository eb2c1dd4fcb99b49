"""Times on their way to a database and back, which may know no time zones."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

Moment = Callable[[float | None], str | None]
"""Makes a parameter of seconds since the epoch."""


def moment_for(connection: BaseDatabaseWrapper) -> Moment:
    """Give the function that makes a parameter of a time.

    Args:
        connection: where the parameter goes.

    Returns:
        A function of seconds since the epoch, or None.
    """
    if connection.features.supports_timezones:
        return lambda seconds: None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
    zone = _zone_of(connection)

    def moment(seconds: float | None) -> str | None:
        return None if seconds is None else str(datetime.fromtimestamp(seconds, zone).replace(tzinfo=None))

    return moment


def seconds_of(moment: datetime, connection: BaseDatabaseWrapper) -> float:
    """Convert a time that was read without Django's models to seconds since the epoch."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=_zone_of(connection))).timestamp()


def _zone_of(connection: BaseDatabaseWrapper) -> tzinfo | None:
    return connection.timezone if settings.USE_TZ else timezone.get_default_timezone()
