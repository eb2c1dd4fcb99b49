"""Make anything storable: any object to text, any text to a text that every database takes."""

import hashlib
import logging
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

import orjson

from progress_updater.recording.passing import PASSING

T = TypeVar("T")

ID_LENGTH: Final = 255
REPLACEMENT: Final = "\ufffd"
# NUL is refused by PostgreSQL; a surrogate without its partner has no UTF-8 form.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_ENCODED_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SHORTENED: Final = re.compile(r".{190}~[0-9a-f]{64}", re.DOTALL)
_JSON_OPTIONS: Final = orjson.OPT_NON_STR_KEYS
_DEEPEST: Final = 20  # levels of data that is no JSON
_LEVELS: Final = {
    written: name
    for name in ("debug", "info", "warning", "error", "critical")
    for written in (name, str(getattr(logging, name.upper())))
} | {"warn": "warning", "fatal": "critical"}
_MOST: Final = 10_000  # values of it in all
_EXACT: Final = 2**53  # from here on JavaScript rounds whole numbers
_LONGEST: Final = 3_000  # bits of a number that is written out


def printed(value: object) -> str:
    """Turn any object into text, whatever its `__str__` does.

    Args:
        value: anything.

    Returns:
        str(value), or a text that names the type of an object that cannot be printed.
    """
    try:
        text = str(value)
    except PASSING:
        raise
    except Exception:
        return f"<{type(value).__qualname__}: its text could not be made>"
    return text if type(text) is str else str.__str__(text)


def level_name(level: object) -> str:
    """Name the level of a line as readers ask for it.

    Args:
        level: what notify() was given.

    Returns:
        For a level of `logging`, however it is written ("WARNING", "warn", 30), its name in lower case; any
        other text as it is.
    """
    text = printed(level)
    return _LEVELS.get(text.lower(), text)


def cut(text: str, limit: int) -> str:
    """Shorten a long text, and say so in it.

    Args:
        text: any text.
        limit: how many characters are kept.

    Returns:
        The text itself where it is short enough.
    """
    return text if len(text) <= limit else f"{text[:limit]}… (cut: {len(text):,} characters)"


def cut_name(text: str, length: int = ID_LENGTH) -> str:
    """Shorten a text to a column's width, and show it by an ellipsis.

    Args:
        text: any text.
        length: characters that the column holds.

    Returns:
        At most `length` characters.
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def is_cut_name(name: str) -> bool:
    """Tell whether cut_name() may have shortened a name to the usual width.

    Args:
        name: as it is stored.
    """
    return len(name) == ID_LENGTH and name.endswith("…")


def storable(text: str) -> str:
    """Replace the characters that a database refuses.

    Args:
        text: any text.

    Returns:
        The text with U+FFFD in their place.
    """
    return _UNSTORABLE.sub(REPLACEMENT, text)


def task_key(task_uuid: object) -> str:
    """Give the text under which a task id is stored and looked up.

    Args:
        task_uuid: a task id; any text or object.

    Returns:
        At most 255 characters; a longer id keeps its first 190 and the SHA-256 of the whole.
    """
    text = storable(printed(task_uuid))
    if len(text) <= ID_LENGTH:
        return text
    return f"{text[:190]}~{hashlib.sha256(text.encode()).hexdigest()}"


def is_whole_key(key: str) -> bool:
    """Tell whether a stored key is the task's id itself, and not what task_key() made of a longer one.

    Args:
        key: as task_key() returned it.
    """
    return _SHORTENED.fullmatch(key) is None


def number(value: object) -> float | None:
    """Make a count of anything a database stores as a float.

    Args:
        value: what an author gave as a number.

    Returns:
        A finite float, None for what is none.
    """
    try:
        converted = float(value)  # type: ignore[arg-type]
    except PASSING:
        raise
    except Exception:
        return None
    return converted if math.isfinite(converted) else None


def as_json(data: object, limit: int) -> str:
    """Encode an author's data.

    Args:
        data: anything; what is no JSON becomes the text of it.
        limit: characters kept.

    Returns:
        JSON without NaN, NUL and lone surrogates; {"cut": …} with the start of what was longer.
    """
    try:
        encoded = orjson.dumps(data, default=printed, option=_JSON_OPTIONS).decode()
    except TypeError as error:
        # Whatever arises while something is printed, a time limit too, comes as the cause of this.
        if isinstance(error.__cause__, BaseException):
            raise error.__cause__ from None
        encoded = orjson.dumps(_Plain().of(data), option=_JSON_OPTIONS).decode()
    if len(encoded) > limit:
        encoded = orjson.dumps({"cut": cut(encoded, limit)}).decode()
    return _ENCODED_NUL.sub(r"\1\\ufffd", encoded)


class _Plain:
    """Make JSON of what is none: bounded, for what refers to itself would have no end."""

    def __init__(self) -> None:
        self._left = _MOST

    def of(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return _plain_integer(value)
        return "…" if depth == _DEEPEST else self._of_many(value, depth)

    def _of_many(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {
                storable(printed(key)): self.of(item, depth + 1) for key, item in self._some(value.items())
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.of(item, depth + 1) for item in self._some(value)]
        return storable(printed(value))

    def _some(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            if self._left == 0:
                return
            self._left -= 1
            yield item


def _plain_integer(value: int) -> int | str:
    if abs(value) < _EXACT:
        return value
    return str(value) if value.bit_length() < _LONGEST else "<a huge number>"
