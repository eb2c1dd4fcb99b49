"""Checks of the setting KEEP: states in which a task ends, or waits, and days."""

import math
from collections.abc import Iterator
from typing import Any, Final

from django.core.checks import CheckMessage

from progress_updater import states
from progress_updater.checks import findings
from progress_updater.checks.suggestion import did_you_mean
from progress_updater.settings import ALL_OTHERS

LEAST: Final = 0.01
"""Days, about a quarter of an hour: whoever follows a task has to see its end."""

KNOWN: Final = (*sorted(states.TERMINAL | states.WAITING), ALL_OTHERS)


def check_keeping(keep: Any) -> Iterator[CheckMessage]:
    """Check each state and its days.

    Args:
        keep: the setting, of the right type.

    Yields:
        One message for each that is no such state, or no length of time.
    """
    for state, days in keep.items():
        if state not in KNOWN:
            yield findings.NO_END.found(state=state, suggestion=did_you_mean(state, KNOWN))
        if days is not None and not LEAST <= days < math.inf:
            yield findings.KEPT_TOO_SHORT.found(state=state, days=days, least=LEAST)
