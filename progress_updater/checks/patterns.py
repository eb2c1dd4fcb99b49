"""Checks of the patterns of task names in PROGRESS_UPDATER["RECORD"]."""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.checks import CheckMessage

from progress_updater.checks import findings

WELL_FORMED: Final = re.compile(r"!?[^\s!]+")


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
