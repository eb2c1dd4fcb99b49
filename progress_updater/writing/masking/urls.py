"""Passwords in addresses: scheme://user:password@host; the user may be an address of mail."""

import re
from typing import Final

from progress_updater.writing.masking.mask import MASK

_USER: Final = r"(?<=://)(?P<user>[^\s:/?#'\"<>\[\]]{0,256}+:)"
_NO_PORT: Final = r"(?!\d{1,5}(?:[/?#\s,;'\"]|$))"
_PASSWORD: Final = re.compile(_USER + _NO_PORT + r"(?:(?!://)[^\s'\"<>]){1,512}@")
_TOKEN: Final = re.compile(r"(?<=://)[\w\-.~%]{20,512}+(?=@)")


def without_passwords(text: str) -> str:
    """Mask the passwords of all addresses in a text, and tokens in the place of a user.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    if "://" not in text or "@" not in text:
        return text
    return _TOKEN.sub(MASK, _PASSWORD.sub(rf"\g<user>{MASK}@", text))
