"""What stands in an element of XML or HTML whose name is secret: <password>…</password>."""

import re
from typing import Final

from progress_updater.writing.masking.mask import mask_if_named

_ELEMENT: Final = re.compile(
    r"(?P<before><(?:\w{1,64}:)?(?P<name>[\w.\-]{1,256}+)(?:\s[^<>]{0,1000}+)?>(?:<!\[CDATA\[)?)"
    r"(?:[^<]++(?=</)|[^<…]++(?=…))"
)


def may_hold_element(text: str) -> bool:
    """Tell at little cost whether a text has an element."""
    return "<" in text


def without_elements(text: str) -> str:
    """Mask what stands in elements of a secret name.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    return _ELEMENT.sub(mask_if_named, text) if may_hold_element(text) else text
