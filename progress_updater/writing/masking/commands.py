"""Passwords behind the short options of well-known programs: curl -u bob:…, mysql -p…, redis-cli -a ….

Sources: the manuals of curl(1), mysql(1), sshpass(1) and redis-cli. Other long options name their secret.
"""

import re
from functools import partial
from typing import Final

from progress_updater.writing.masking.mask import MASK

_BEFORE: Final = r"(?<=[\s'\"])"
_BETWEEN: Final = r"['\",\s=]"  # of a shell, or of the list that an exception of subprocess quotes
_VALUE: Final = r"(?P<value>[^\s'\"]+)"
_OPTIONS: Final = (
    (
        ("curl",),
        re.compile(
            rf"{_BEFORE}(?P<option>(?:-[uU]|--(?:proxy-)?user){_BETWEEN}{{0,4}}[^\s:'\"]{{0,256}}+:){_VALUE}"
        ),
    ),
    (("mysql", "mariadb"), re.compile(rf"{_BEFORE}(?P<option>-p){_VALUE}")),
    (("sshpass",), re.compile(rf"{_BEFORE}(?P<option>-p{_BETWEEN}{{0,4}}){_VALUE}")),
    (("redis-cli",), re.compile(rf"{_BEFORE}(?P<option>-a{_BETWEEN}{{1,4}}){_VALUE}")),
)
_LONGEST: Final = 500  # characters between a program and its option


def may_hold_command(text: str) -> bool:
    """Tell at little cost whether a text may have one of these options."""
    return "-" in text and ("-p" in text or "-a" in text or "-u" in text or "-U" in text)


def without_commands(text: str) -> str:
    """Mask the passwords that one of these programs is called with.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    if not may_hold_command(text):
        return text
    for programs, option in _OPTIONS:
        text = option.sub(partial(_hidden, programs), text)
    return text


def _hidden(programs: tuple[str, ...], found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _LONGEST) : found.start()].rpartition("\n")[2]
    is_called = any(program in before for program in programs)
    return f"{found['option']}{MASK}" if is_called else found[0]
