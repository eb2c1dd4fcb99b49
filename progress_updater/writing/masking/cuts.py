"""Secrets of which only the beginning is there: the text was cut in their midst."""

import re
from typing import Final

from progress_updater.writing.masking.mask import MASK

ELLIPSIS: Final = "…"
_TAIL: Final = 1_000  # characters before the cut that are looked at
_BEGUN: Final = re.compile(
    r"""(?<![A-Za-z0-9])
    (?P<kept>(?i:bearer|basic)[ \t]+|\w{2,20}://(?:[^\s:/?#'"]{0,256}:(?!\d{0,5}(?:[/?#]|$))|(?=\w{12,}$)))?
    (?(kept)|(?:AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|(?:sk|rk|pk)_(?:live|test)_|whsec_|xox[a-z]-|xapp-|AIza
      |ya29\.|sk-|npm_|pypi-|SG\.|SK[0-9a-f]{4}|hf_|hvs\.|shp[a-z]{2}_|dop_v1_|eyJ|\d{8,10}:[\w\-]{4}))
    [^\s'"@]+$""",
    re.VERBOSE,
)


def without_begun(text: str) -> str:
    """Mask a secret that ends where the text was cut.

    Args:
        text: any text; where it was cut, an ellipsis stands near its end.

    Returns:
        The text itself where there is none.
    """
    cut = text.rfind(ELLIPSIS, -_TAIL)
    if cut < 0:
        return text
    start = max(0, cut - _TAIL)
    tail = _BEGUN.sub(rf"\g<kept>{MASK}", text[start:cut])
    return f"{text[:start]}{tail}{text[cut:]}"
