"""Places in lists, as they come back from outside: only what a database can compare with its columns."""

from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.utils.timezone import is_aware

_LARGEST: Final = 2**63 - 1


def read_time(text: str) -> datetime:
    """Read the time of a place.

    Args:
        text: as isoformat() wrote it.

    Returns:
        The time, in UTC where the project's times have zones.

    Raises:
        ValueError: it is no time that a column can have.
    """
    moment = datetime.fromisoformat(text)
    if is_aware(moment) is not settings.USE_TZ:
        raise ValueError(text)
    try:
        return moment.astimezone(UTC) if settings.USE_TZ else moment
    except OverflowError as error:
        raise ValueError(text) from error


def read_number(value: object) -> int:
    """Read the number of a place.

    Args:
        value: anything.

    Returns:
        The same.

    Raises:
        ValueError: it is no whole number that a column can have.
    """
    if type(value) is not int or abs(value) > _LARGEST:
        raise ValueError(value)
    return value
