"""Turn arguments and results into JSON, at the price of what is kept of them and not of the whole."""

from typing import Any, Final, NamedTuple

import orjson
from kombu.utils.json import loads

from progress_updater.integrations.celery.plain import DEEPEST, EXACT, TYPED, Plain
from progress_updater.recording.recorder import Recorder

_NUMBER: Final = 4  # characters that a number is reckoned with
_NEVER: Final = -1


class Encoded(NamedTuple):
    """A value as JSON."""

    text: str
    is_kept: bool
    """Whether it can be read back as it was; a tuple comes back as a list, as from Celery."""


def encoded(value: object, limit: int) -> Encoded:
    """Encode what a task was given, or what it has returned.

    What Celery's own JSON carries (times, UUID, Decimal, bytes, `__json__`) is written as Celery does it, see
    kombu.utils.json. Of other objects only the type is told: their text may be long in coming, or secret.

    Args:
        value: anything, of any size.
        limit: characters that are kept, about; the rest is cut, and that is shown.

    Returns:
        JSON that every database takes: without NaN, NUL and lone surrogates, of a bounded depth.
    """
    try:
        if _left_after(value, limit, DEEPEST) >= 0:
            text = orjson.dumps(value).decode()
            if len(text) <= 2 * limit and "\\u0000" not in text:
                return Encoded(text, is_kept=True)
    except (TypeError, RuntimeError):
        # A lone surrogate, a whole number beyond 64 bits, or another thread changes the value meanwhile.
        pass
    plain = Plain(limit)
    text = orjson.dumps(plain.of(value)).decode()
    return Encoded(text, plain.is_kept)


def tell_result(recorder: Recorder, returned: object) -> None:
    """Say what a task has returned; one that swallowed a failure ends with that, and without a result.

    Args:
        recorder: its run, which is about to end well.
        returned: anything.
    """
    if not recorder.is_recorded or recorder.suppressed is not None:
        return
    recorder.result_kept = True
    if returned is not None:
        recorder.result, recorder.result_kept = encoded(returned, recorder.text_limit)


def restored(stored: Any) -> Any:
    """Make of stored JSON what Celery can send once more.

    Args:
        stored: what a JSON column holds, of a value that was kept.

    Returns:
        The value, with times, UUID, Decimal and bytes as objects.
    """
    return loads(orjson.dumps(stored))


def _left_after(value: Any, left: int, depth: int) -> int:
    """Subtract the length of plain JSON; below 0 where it is too long, or none."""
    kind = type(value)
    if kind is str:
        return left - len(value)
    if value is None or kind is int or kind is bool:
        return left - _NUMBER
    if kind is float:
        return left - _NUMBER if -EXACT < value < EXACT else _NEVER
    if depth == 0:
        return _NEVER
    if kind is dict:
        return _left_after_pairs(value, left, depth - 1)
    return _left_after_items(value, left, depth - 1) if kind is tuple or kind is list else _NEVER


def _left_after_items(items: Any, left: int, depth: int) -> int:
    for item in items:
        left = _left_after(item, left - 1, depth)
        if left < 0:
            break
    return left


def _left_after_pairs(pairs: dict[Any, Any], left: int, depth: int) -> int:
    if pairs.keys() == TYPED:
        return _NEVER
    for key, item in pairs.items():
        if type(key) is not str:
            return _NEVER
        left = _left_after(item, left - len(key) - 1, depth)
        if left < 0:
            break
    return left
