"""What stands under a secret name in a text: password='…', "password": "…", --password …, Cookie: ….

Each search goes on behind what was found, so the time grows with the length of the text and no faster.
"""

import re
from functools import partial
from typing import Final

from progress_updater.writing.masking.extent import extent_of, rest_of_line
from progress_updater.writing.masking.keys import is_secret, is_secret_in_prose
from progress_updater.writing.masking.mask import MASK

_NAMED: Final = re.compile(
    r"""(?<![\w.\-])(?:
      (?P<name>[\w.\-]++)(?P<close>[\\"'\]]*+(?:%5D)?)
      (?: [ \t]*+(?P<sign>[=!:]=|=>|=|:)[ \t]*+
        | (?P<comma>,[ \t]*+)(?=\\*+["'])
        | [ \t]++(?=\\*+["']) )
    | (?P<option>--\w[\w.\-]*+)[ \t]++(?=[^\s\-|&;<>]) )""",
    re.VERBOSE,
)
_SIGN: Final = re.compile("[=:]")
_HEADERS: Final = ("authorization", "cookie")
_LONGEST: Final = 256  # characters of a name
_INDENT: Final = 40  # characters that may stand before the first name of a line


def may_name_secret(text: str) -> bool:
    """Tell at little cost whether a text gives a value to anything."""
    return "=" in text or ":" in text or "'" in text or '"' in text or "--" in text


def without_named(text: str) -> str:
    """Mask the values of secret names.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    if not _names_secret(text):
        return text
    kept: list[str] = []
    done, found = 0, _NAMED.search(text)
    while found is not None:
        extent = _extent(text, found)
        if extent is not None:
            kept += (text[done : extent[0]], MASK)
            done = extent[1]
        found = _NAMED.search(text, found.end() if extent is None else done)
    return "".join((*kept, text[done:])) if kept else text


def _names_secret(text: str) -> bool:
    """Spare most texts the search: look only at what stands before a sign, unless there are quotes."""
    if "'" in text or '"' in text or "--" in text:
        return True
    return any(map(partial(_is_secret_before, text), _SIGN.finditer(text)))


def _is_secret_before(text: str, sign: re.Match[str]) -> bool:
    end = sign.start()
    words = text[max(0, end - _LONGEST) : end].rsplit(None, 1)
    return bool(words) and is_secret(words[-1])


def _extent(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    name = found["option"] or found["name"]
    name = name.rpartition(".")[2] or name
    if not is_secret(name):
        return None
    if _is_assignment(found, name):
        return extent_of(text, found.end())
    if not is_secret_in_prose(name) or (found["comma"] and not _is_quoted(found)):
        return None
    return _spoken(text, found, name) if found["sign"] else extent_of(text, found.end())


def _is_assignment(found: re.Match[str], name: str) -> bool:
    if found["option"] or found["sign"] not in (None, ":"):
        return True
    return _is_quoted(found) and (found["sign"] == ":" or name.startswith("--"))


def _is_quoted(found: re.Match[str]) -> bool:
    return "'" in found["close"] or '"' in found["close"]


def _spoken(text: str, found: re.Match[str], name: str) -> tuple[int, int] | None:
    """Take the rest of the line where a header, or the line itself, begins with the name."""
    start = found.start()
    before = text[max(0, start - _INDENT) : start].rpartition("\n")
    begins_line = (before[1] or start <= _INDENT) and not before[2].strip(" \t-")
    if begins_line or name.lower().endswith(_HEADERS):
        return rest_of_line(text, found.end(), quoted=text[start - 1 : start] in ("'", '"'))
    return extent_of(text, found.end())
