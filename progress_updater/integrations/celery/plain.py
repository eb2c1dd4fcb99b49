"""Make plain JSON of any object, until enough is kept, and without a method of the author's classes."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils.functional import Promise
from kombu.utils.json import JSONEncoder

from progress_updater.recording.clean import storable
from progress_updater.recording.passing import PASSING

DEEPEST: Final = 20
"""Levels that are kept; MariaDB takes 32."""
EXACT: Final = 2**53
"""From here on PostgreSQL gives floats back as whole numbers."""
TYPED: Final = {"__type__", "__value__"}
"""The keys with which Celery writes what JSON has no form for."""

_LEAST, _MOST = -(2**63), 2**64 - 1
_HUGE: Final = 3_000  # bits of a number that is not written out
_NUMBER: Final = 4  # characters that a number is reckoned with, at least
_CARRIED: Final = 40  # the same for a time or an id

_as_celery: Final[Callable[[Any], Any]] = JSONEncoder().default


class Plain:
    """Make plain JSON of one value.

    An object may answer even isinstance() with code of its own: only its type is looked at.

    Args:
        limit: characters that are kept, about.

    Attributes:
        is_kept: whether all of it was kept so far, and can be read back.
    """

    def __init__(self, limit: int) -> None:
        self.is_kept = True
        self._left = limit

    def of(self, value: Any, depth: int = DEEPEST) -> Any:
        """Return the plain value of an object, at most `depth` levels of it."""
        self._left -= 1
        kind = type(value)
        if value is None or kind is bool:
            return value
        try:
            for bases, write in self._WRITERS:
                if issubclass(kind, bases):
                    return write(self, value, depth)
            if hasattr(kind, "__json__") and depth:
                return self.of(_as_celery(value), depth - 1)
        except PASSING:
            raise
        except Exception:
            # Its items are changed by another thread, or Celery cannot carry it either.
            return self._only_type(kind)
        return self._only_type(kind)

    def _only_type(self, kind: type) -> str:
        self.is_kept = False
        try:
            return self._text(f"<{kind.__module__}.{kind.__qualname__}>")
        except PASSING:
            raise
        except Exception:
            return "<object>"

    def _text(self, value: str, _: int = 0) -> str:
        length, left = str.__len__(value), max(self._left, 0)
        self._left -= length
        # The whole may be huge: what follows costs as much as is kept.
        start = str.__getitem__(value, slice(left))
        clean = storable(start)
        self.is_kept &= length <= left and clean == start
        return clean if length <= left else f"{clean}… (cut: {length:,} characters)"

    def _integer(self, value: int, _: int) -> int | str:
        number, bits = int.__int__(value), int.bit_length(value)
        self._left -= _NUMBER + min(bits, _HUGE) // 4
        if _LEAST <= number <= _MOST:
            return number
        self.is_kept = False
        return str(number) if bits < _HUGE else "<a huge number>"

    def _float(self, value: float, _: int) -> float | int | str:
        number = float.__float__(value)
        self._left -= _NUMBER
        if -EXACT < number < EXACT:
            return number
        if isfinite(number) and _LEAST <= number <= _MOST:
            return int(number)
        self.is_kept = False
        return repr(number)

    def _bytes(self, value: bytes, _: int) -> Any:
        length, left = bytes.__len__(value), max(self._left, 0)
        self._left -= length
        start = bytes.__getitem__(value, slice(left))
        if length > left:
            self.is_kept = False
            return f"{storable(start.decode(errors='replace'))}… (cut: {length:,} bytes)"
        written = _as_celery(start)
        if "\x00" in written["__value__"]:
            return {"__type__": "base64", "__value__": b64encode(start).decode()}
        return written

    def _decimal(self, value: Decimal, depth: int) -> Any:
        # Its digits may be millions, which only their size in memory tells at once.
        if Decimal.__sizeof__(value) > max(self._left, 0) + _CARRIED * 4:
            return self._only_type(type(value))
        return self._carried(value, depth)

    def _carried(self, value: Any, _: int) -> Any:
        self._left -= _CARRIED
        return _as_celery(value)

    def _lazy(self, value: Promise, _: int) -> str:
        return self._text(_as_celery(value))

    def _tuple(self, value: Any, depth: int) -> Any:
        return self._items(tuple.__iter__(value), tuple.__len__(value), depth)

    def _list(self, value: Any, depth: int) -> Any:
        return self._items(list.__iter__(value), list.__len__(value), depth)

    def _set(self, value: Any, depth: int) -> Any:
        self.is_kept = False
        base: Any = set if issubclass(type(value), set) else frozenset
        return self._items(base.__iter__(value), base.__len__(value), depth)

    def _items(self, items: Iterator[Any], count: int, depth: int) -> Any:
        if depth == 0:
            return self._too_deep()
        self._left -= _NUMBER
        shown = [self.of(item, depth - 1) for item in self._while_left(items)]
        if len(shown) < count:
            shown.append({"cut": self._cut(count - len(shown))})
        return shown

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if depth == 0:
            return self._too_deep()
        self._left -= _NUMBER
        self.is_kept &= dict.keys(value) != TYPED
        shown, count = {}, dict.__len__(value)
        for key, item in self._while_left(dict.items(value)):
            name = self._key(key)
            shown[name] = self.of(item, depth - 1)
            count -= 1
        if count:
            shown["…"] = self._cut(count)
        return shown

    def _key(self, key: Any) -> str:
        if issubclass(type(key), str):
            return self._text(key)
        self.is_kept = False
        plain = self.of(key, 0)
        return plain if type(plain) is str else self._text(str(plain))

    def _while_left(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            if self._left <= 0:
                return
            yield item

    def _cut(self, count: int) -> str:
        self.is_kept = False
        return f"… (cut: {count:,} {'value' if count == 1 else 'values'})"

    def _too_deep(self) -> str:
        self.is_kept = False
        return "…"

    _WRITERS: ClassVar[tuple[tuple[Any, Callable[["Plain", Any, int], Any]], ...]] = (
        (str, _text),
        (int, _integer),
        (float, _float),
        (list, _list),
        (tuple, _tuple),
        (dict, _dict),
        (bytes, _bytes),
        ((datetime, date, time, UUID), _carried),
        (Decimal, _decimal),
        (Promise, _lazy),
        ((set, frozenset), _set),
    )
    """For each type its method, in the order in which Celery asks."""
