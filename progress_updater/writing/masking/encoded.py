"""What stands under a secret name in an encoded address: ?next=%2Forders%3Ftoken%3D… (RFC 3986, 2.1)."""

import re
from typing import Final

from progress_updater.writing.masking.mask import mask_if_named

_PARAMETER: Final = re.compile(
    r"(?P<before>(?:%3[Ff]|%26|%23|%0[Aa]|(?<![\w.\-%]))(?P<name>[\w.\-]{1,256}+)%3[Dd])"
    r"(?:(?!%26|%23)[\w.\-~%+*!])+"
)


def may_hold_encoded(text: str) -> bool:
    """Tell at little cost whether a text has an encoded "="."""
    return "%3" in text


def without_encoded(text: str) -> str:
    """Mask the values of secret names in an encoded address.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    return _PARAMETER.sub(mask_if_named, text) if may_hold_encoded(text) else text
