"""Checks of PROGRESS_UPDATER: keys, types, ranges."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, get_type_hints

from django.conf import settings
from django.core.checks import CheckMessage

from progress_updater.checks import findings
from progress_updater.checks.annotations import accepts, choices, describe
from progress_updater.checks.keeping import check_keeping
from progress_updater.checks.patterns import check_names, check_patterns
from progress_updater.checks.suggestion import did_you_mean
from progress_updater.settings import SETTING_NAME, Settings, current

DEFAULTS: Final = {field.name: getattr(Settings(), field.name) for field in fields(Settings)}
TYPES: Final = get_type_hints(Settings)

LEAST: Final[Mapping[str, float]] = {
    "FLUSH_INTERVAL": 0.01,
    "FLUSH_DEADLINE": 0,
    "JOURNAL_SIZE": 1_048_576,
    "HEARTBEAT": 0.1,
    "LOST_AFTER": 0.3,
    "STALLED_AFTER": 0.1,
    "LOG_TAIL": 1,
    "MAX_STEPS": 1,
    "TEXT_LIMIT": 1,
    "TOKEN_AGE": 1,
}
"""The smallest value of each number; none may be infinite."""

BEATS: Final = 3  # heartbeats that may be missed


def check_values(**_: object) -> list[CheckMessage]:
    """Check what is written under PROGRESS_UPDATER.

    Returns:
        One message for each mistake.
    """
    written = getattr(settings, SETTING_NAME, {})
    if not isinstance(written, Mapping):
        return [findings.NOT_A_DICT.found(value=written)]
    found = [message for key, value in written.items() for message in _check_item(key, value)]
    return [*found, *_check_heartbeat()]


def _check_item(key: object, value: object) -> Iterator[CheckMessage]:
    if not isinstance(key, str) or key not in TYPES:
        yield findings.UNKNOWN_KEY.found(key=key, suggestion=did_you_mean(key, TYPES))
    elif not accepts(TYPES[key], value):
        yield _wrong_type(key, value)
    elif key in LEAST and value is not None and not LEAST[key] <= _number(value) < math.inf:
        yield findings.OUT_OF_RANGE.found(key=key, value=value, least=LEAST[key], default=DEFAULTS[key])
    elif key == "RECORD":
        yield from check_patterns(value)
    elif key == "REDACT":
        yield from check_names(value)
    elif key == "KEEP":
        yield from check_keeping(value)


def _check_heartbeat() -> Iterator[CheckMessage]:
    settings = current()
    beat: Any = settings.HEARTBEAT
    lost_after: Any = settings.LOST_AFTER
    are_numbers = accepts(float, beat) and accepts(float, lost_after)
    if are_numbers and 0 < lost_after < BEATS * beat:
        yield findings.LOST_TOO_SOON.found(beat=beat, lost_after=lost_after, least=BEATS * beat)


def _wrong_type(key: str, value: object) -> CheckMessage:
    known = choices(TYPES[key])
    suggestion = did_you_mean(value, known) if known and isinstance(value, str) else ""
    return findings.WRONG_TYPE.found(
        key=key,
        value=value,
        expected=describe(TYPES[key]),
        suggestion=f'{suggestion} The default is "{key}": {DEFAULTS[key]!r}.'.strip(),
    )


def _number(value: Any) -> float:
    return float(value)
