"""Names under which secrets stand: of keys, parameters, attributes, headers and variables.

A name is taken apart into words, however it is written: dbPassword, DB-PASSWORD and db_password are the same.
A pattern is one or more words in a row; it matches wherever they stand in a name; * is any part of a word. So
"key" is found in aws_key and not in monkey.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from django.core.signals import setting_changed

from progress_updater.settings import SETTING_NAME, current

SPOKEN: Final = (
    "*password*", "*passwd*", "*passphrase*", "*passcode*", "*pwd", "pw", "secret", "secrets", "*secret",
    "secret*key", "*credential*", "token", "*token", "csrf*token", "*authorization", "*cookie*", "api_key",
    "*apikey", "access_key", "*accesskey", "private_key", "*privatekey", "encryption_key", "signing_key",
    "session_id", "*sessionid", "session_key", "card_number", "*cardnumber", "cc_number", "credit_card",
    "creditcard", "cvv", "cvc", "iban", "ssn", "social_security_number", "otp", "totp", "2_fa", "pin", "jwt",
)  # fmt: skip
"""Names that tell a secret even in prose: "the password: …"."""

WRITTEN: Final = (
    "api", "apis", "auth", "*oauth", "*auth", "key", "keys", "*apikeys", "*encryptionkey", "*signingkey",
    "*secretkeys", "*authkey", "*masterkey", "*sshkey", "pass", "userpass", "dbpass", "rootpass", "session",
    "sessions", "signature", "signatures", "sig", "private", "tokens", "*tokens", "bearer", "creds", "cred",
    "connection_string", "cookies",
)  # fmt: skip
"""Names that tell one only where a value is given to them: "key='…'", {"key": …}."""

HARMLESS: Final = (
    "primary_key", "foreign_key", "public_key", "routing_key", "key_error", "api_error", "token_type",
    "token_count", "token_limit", "max_tokens", "min_tokens", "total_tokens", "input_tokens", "output_tokens",
    "prompt_tokens", "completion_tokens",
)  # fmt: skip
"""Names that contain one of them, and are no secret."""

_LONGEST: Final = 256  # characters of a name that are looked at
_EDGE: Final = re.compile(
    r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[^\w*]+"
)
_GAPS: Final = re.compile("_+")
_COMPLAINT: Final = re.compile("^_(?:invalid|expired|missing|wrong|bad|no|incorrect)_")


class _Patterns(NamedTuple):
    secret: re.Pattern[str]
    spoken: re.Pattern[str]
    harmless: re.Pattern[str]


def is_secret(name: str) -> bool:
    """Tell whether the value that is given to a name is a secret.

    Args:
        name: of a key, a parameter, an attribute, a header, an option of a command.

    Returns:
        True where the name matches a pattern of this module, or of REDACT.
    """
    return _judged(name if len(name) <= _LONGEST else _shortened(name))[0]


def is_secret_in_prose(name: str) -> bool:
    """Tell whether a name before a colon is followed by a secret, and not by what is said about one.

    Args:
        name: one word of a text.

    Returns:
        False for KeyError, InvalidToken and for words that mean many things, as "key".
    """
    return _judged(name if len(name) <= _LONGEST else _shortened(name))[1]


def _shortened(name: str) -> str:
    return f"{name[: _LONGEST // 2]}_{name[-_LONGEST // 2 :]}"


@lru_cache(maxsize=4096)
def _judged(name: str) -> tuple[bool, bool]:
    patterns = _patterns()
    words = patterns.harmless.sub("", _words(name))
    is_found = patterns.secret.search(words) is not None
    is_spoken = patterns.spoken.search(words) is not None and _COMPLAINT.match(words) is None
    return is_found, is_spoken


def _words(name: str) -> str:
    """Write a name as _word_word_."""
    return _GAPS.sub("_", f"_{_EDGE.sub('_', name)}_").lower()


@cache
def _patterns() -> _Patterns:
    entries = [str(entry) for entry in current().REDACT]
    added = [entry for entry in entries if not entry.startswith("!")]
    allowed = [entry[1:] for entry in entries if entry.startswith("!")]
    spoken = _any_of((*SPOKEN, *added))
    return _Patterns(
        secret=re.compile(f"(?<=_)(?:{spoken}|{_any_of(WRITTEN)})(?=_)"),
        spoken=re.compile(rf"(?<=_)(?:{spoken})_(?:\d+_)?$"),
        harmless=re.compile(f"(?<=_)(?:{_any_of((*HARMLESS, *allowed))})(?=_)"),
    )


def _any_of(entries: Iterable[str]) -> str:
    return "|".join(re.escape(_words(entry)[1:-1]).replace(r"\*", "[^_]*") for entry in entries)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == SETTING_NAME:
        _patterns.cache_clear()
        _judged.cache_clear()


setting_changed.connect(_forget, dispatch_uid="progress_updater.masking")
