"""Cursors of pages: opaque texts that name a place in a list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import orjson
from django.utils.translation import gettext as _

from progress_updater.api.errors import ParameterError
from progress_updater.snapshot import Order, Position, read_number, read_time

_MOMENTS: Final = frozenset({"created", "tagged_at"})


def encode(position: Position) -> str:
    """Write a position as a cursor.

    Args:
        position: a place in a list.

    Returns:
        Letters, digits, "-" and "_".
    """
    written = orjson.dumps([int(position.backward), *position.values])
    return urlsafe_b64encode(written).decode().rstrip("=")


def decode(cursor: str, order: Order) -> Position:
    """Read a cursor.

    Args:
        cursor: what a link to a neighbouring page had.
        order: the order of the list.

    Returns:
        The place.

    Raises:
        ParameterError: it is no cursor of a list in this order.
    """
    try:
        backward, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        read = tuple(_value(column, value) for column, value in zip(order.columns, values, strict=True))
    except (ValueError, TypeError) as error:
        detail = _("This is no cursor of this list. Leave it out to begin with the first page.")
        raise ParameterError("cursor", detail) from error
    return Position(values=read, backward=bool(backward))


def _value(column: str, value: Any) -> Any:
    return read_time(value) if column in _MOMENTS else read_number(value)
