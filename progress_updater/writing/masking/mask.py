"""What stands in the place of a secret."""

import re
from typing import Final

from progress_updater.writing.masking.keys import is_secret

MASK: Final = "********"


def mask_if_named(found: re.Match[str]) -> str:
    """Mask what a pattern has found behind a name, if that is the name of a secret.

    Args:
        found: with the groups "name" and "before", which ends where the value begins.

    Returns:
        What is to stand in its place.
    """
    return f"{found['before']}{MASK}" if is_secret(found["name"]) else found[0]
