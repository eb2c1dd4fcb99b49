"""Values of columns that a database quotes when it refuses a row, with the names of the columns beside.

PostgreSQL says `Key (a, b)=(1, 2) already exists.` (nbtinsert.c, ri_triggers.c), MariaDB and MySQL say
`Duplicate entry '1-2' for key 'a_b'` (ER_DUP_ENTRY).
"""

import re
from typing import Final

from progress_updater.writing.masking.keys import is_secret
from progress_updater.writing.masking.mask import MASK

_POSTGRESQL: Final = re.compile(
    r"(?P<before>\b[Kk]ey \((?P<names>[^\n=]{1,500}+)=\()[^\n]*?"
    r"(?P<after>\)(?= already exists| is | conflicts with |\.(?:\W|$))|(?=\n)|\Z)"
)
_MARIADB: Final = re.compile(
    r"(?P<before>Duplicate entry \\*')[^\n]{0,1000}?"
    r"(?P<after>\\*' for key \\*'(?:[\w\-]{1,300}\.)?(?P<names>[^'\n]{1,300})'|(?=…))"
)
_NAME: Final = re.compile(r"\w+")


def without_refused(text: str) -> str:
    """Mask the values of a refused row that stand under a secret name.

    Args:
        text: any text.

    Returns:
        The text itself where there is none.
    """
    if "ey (" in text:
        text = _POSTGRESQL.sub(_hidden, text)
    if "Duplicate entry " in text:
        text = _MARIADB.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    # Where the text was cut before the name, nobody can tell.
    is_hidden = found["names"] is None or any(map(is_secret, _NAME.findall(found["names"])))
    return f"{found['before']}{MASK}{found['after']}" if is_hidden else found[0]
