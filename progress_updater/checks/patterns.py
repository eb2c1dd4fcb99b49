"""Checks of the patterns in PROGRESS_UPDATER: of task names in RECORD, of names of secrets in REDACT."""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.checks import CheckMessage

from progress_updater.checks import findings

WELL_FORMED: Final = re.compile(r"!?[^\s!]+")
NAME: Final = re.compile(r"!?(?:[^\W_]|[*_\-. ])*[^\W_](?:[^\W_]|[*_\-. ])*")


def check_patterns(record: Any) -> Iterator[CheckMessage]:
    """Check each pattern.

    Args:
        record: the setting, of the right type.

    Yields:
        One message for each pattern that can match no task.
    """
    for pattern in () if isinstance(record, str) else record:
        if not WELL_FORMED.fullmatch(pattern) or pattern.count("[") != pattern.count("]"):
            yield findings.MALFORMED_PATTERN.found(pattern=pattern)


def check_names(redact: Any) -> Iterator[CheckMessage]:
    """Check each name of a secret.

    Args:
        redact: the setting, of the right type.

    Yields:
        One message for each that has no letter, or is a regular expression.
    """
    for name in redact:
        if not NAME.fullmatch(name):
            yield findings.MALFORMED_NAME.found(name=name)
