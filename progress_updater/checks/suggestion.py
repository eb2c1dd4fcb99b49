"""The words "did you mean"."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Suggest the known word that comes closest.

    Args:
        word: what was written.
        known: what could have been meant.

    Returns:
        One or two sentences: the closest word where one is close, and all that are known.
    """
    by_capitals = {name.upper(): name for name in known}
    close = get_close_matches(str(word).upper(), by_capitals, n=1)
    everything = f"Known: {', '.join(sorted(by_capitals.values()))}."
    return f"Did you mean {by_capitals[close[0]]!r}? {everything}" if close else everything
