"""Entries as lines of JSON."""

from typing import Any, Final

import orjson

from progress_updater.recording.clean import printed, storable
from progress_updater.recording.entries import Entry

OPTIONS: Final = orjson.OPT_APPEND_NEWLINE

INTEGERS: Final = 2**63
"""The whole numbers below are written as they are."""


def encoded(entry: Entry) -> bytes:
    """Turn an entry into a line of JSON.

    A file begins as zeros, and JSON has none: so a line shows whether it was written to its end.

    Args:
        entry: what is no plain value in it becomes text that a database takes.

    Returns:
        The line.
    """
    try:
        return orjson.dumps(entry, None, OPTIONS)
    except TypeError:
        return orjson.dumps(_plain(entry), None, OPTIONS)


def decoded(line: bytes) -> Entry | None:
    """Read a line of JSON.

    Args:
        line: what encoded() returned, or a part of it.

    Returns:
        The entry; None where the line was not written to its end.
    """
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return tuple(entry) if isinstance(entry, list) else None


def _plain(value: Any) -> Any:
    """Turn what is no plain value into text that can be stored; what authors hand over may be anything."""
    if value is None or type(value) in {bool, float}:
        return value
    if type(value) is int and abs(value) < INTEGERS:
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return storable(printed(value))
