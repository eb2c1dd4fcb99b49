"""Mask JSON: what stands under a secret key, and each text in it."""

from base64 import b64decode
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import pairwise, zip_longest
from typing import Any, Final

import orjson
from django.core.signals import setting_changed

from progress_updater.settings import SETTING_NAME
from progress_updater.writing.masking.keys import is_secret, is_secret_in_prose
from progress_updater.writing.masking.mask import MASK
from progress_updater.writing.masking.texts import LEFT_OUT, left_out_on_error, masked

_LEFT_OUT: Final = orjson.dumps(LEFT_OUT).decode()
_NAMES: Final = ("name", "key", "Name", "Key")
_VALUES: Final = ("value", "Value")
_EMPTY: Final = frozenset({"[]", "{}", "null"})
_CUT: Final = "…"  # the key that says how much of an object was cut
_PAIR: Final = 2  # a name and its value, as in the headers of a request


def masked_json(text: str) -> str:
    """Mask the secrets in JSON.

    Args:
        text: JSON.

    Returns:
        The text itself where there is none; LEFT_OUT, as JSON, where it cannot be told.
    """
    return _or_left_out(_masked_json(text))


def masked_arguments(text: str, parameters: Sequence[str]) -> str:
    """Mask the secrets in positional arguments.

    Args:
        text: JSON, an array of them; or what was left of it when it was cut.
        parameters: the names of the first of them.

    Returns:
        As masked_json().
    """
    return _or_left_out(left_out_on_error(partial(_encoded, parameters=parameters))(text))


@lru_cache(maxsize=256)
def masked_options(text: str) -> str:
    """Mask the secrets in how a task was sent, which is the same for most tasks.

    Args:
        text: JSON, an object.

    Returns:
        As masked_json().
    """
    return masked_json(text)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == SETTING_NAME:
        masked_options.cache_clear()


setting_changed.connect(_forget, dispatch_uid="progress_updater.writing.masking.values")


def _or_left_out(text: str) -> str:
    return _LEFT_OUT if text == LEFT_OUT else text


def _encoded(text: str, parameters: Sequence[str] = ()) -> str:
    if text in _EMPTY:
        return text
    value = orjson.loads(text)
    without = _arguments(value, parameters)
    return text if without == value else orjson.dumps(without).decode()


_masked_json: Final = left_out_on_error(_encoded)


def _arguments(value: Any, parameters: Sequence[str]) -> Any:
    if not parameters:
        return _without(value)
    if isinstance(value, list):
        named = zip_longest(parameters[: len(value)], value, fillvalue="")
        return [_under(name, item) for name, item in named]
    return MASK if any(map(is_secret, parameters)) else _without(value)


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, list):
        return _list(value)
    return _number(value)


def _number(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if not is_number or masked(str(value)) == str(value) else MASK


def _mapping(value: dict[str, Any]) -> dict[str, Any]:
    without = {masked(key): _under(key, item) for key, item in value.items()}
    if any(isinstance(value.get(name), str) and is_secret(value[name]) for name in _NAMES):
        without |= {key: _hidden(value[key]) for key in _VALUES if key in value}
    return without | _nameless(value) | _bytes(value)


def _bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Hide bytes that are no text, where what can be read in them holds a secret."""
    if value.get("__type__") != "base64" or not isinstance(value.get("__value__"), str):
        return {}
    try:
        readable = b64decode(value["__value__"]).decode(errors="replace")
    except ValueError:
        return {}  # no bytes of ours
    return {} if masked(readable) == readable else {"__value__": MASK}


def _nameless(value: dict[str, Any]) -> dict[str, Any]:
    """Hide positional arguments of another task: in Celery's signatures, and those of map, starmap, chunks.

    Its parameters, which would name them, are not known here.
    """
    task = value.get("task")
    if isinstance(task, dict) and "it" in value:
        return {"it": MASK}
    # What was cut has lost its last keys.
    is_signature = "args" in value and ((isinstance(task, str) and "kwargs" in value) or _CUT in value)
    return {"args": _hidden(value["args"])} if is_signature else {}


def _list(value: list[Any]) -> list[Any]:
    without = [_without(item) for item in value]
    for place, (before, item) in enumerate(pairwise(value), 1):
        if isinstance(before, str) and isinstance(item, str) and _announces(before, len(value)):
            without[place] = _hidden(item)
    return without


def _announces(name: str, length: int) -> bool:
    """Tell whether a text in a list names the one behind it: an option of a command, a name of a pair."""
    return (name.startswith("--") and is_secret(name)) or (length == _PAIR and is_secret_in_prose(name))


def _under(name: str, value: Any) -> Any:
    return _hidden(value) if is_secret(name) else _without(value)


def _hidden(value: Any) -> Any:
    is_nothing = value is None or isinstance(value, bool) or value in ("", [], {})
    return value if is_nothing else MASK
