"""What the demo says to its user; stdout stays free for the JSON of ONCE=1."""

import sys


def say(text: str) -> None:
    """Write a line for the user.

    Args:
        text: the line, or several.
    """
    print(text, file=sys.stderr, flush=True)
