"""A way that stands in for the one of the settings while a block of code lasts: for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from progress_updater.writing.direct import DirectWriter


class _Diversion:
    def __init__(self, way: DirectWriter, around: "_Diversion | None") -> None:
        self.way = way
        self.around = around
        self.is_open = True


_here: Final[ContextVar[_Diversion | None]] = ContextVar("progress_updater.diversion", default=None)
_open: Final[list[_Diversion]] = []


@contextmanager
def diverted_to(way: DirectWriter) -> Iterator[None]:
    """Store all that begins inside the block on another way.

    Args:
        way: where it goes.

    Yields:
        Nothing.
    """
    diversion = _Diversion(way, _innermost())
    _open.append(diversion)
    _here.set(diversion)
    try:
        yield
    finally:
        diversion.is_open = False
        _open.remove(diversion)
        # Not by a token: a fixture may be left in another context than it was entered in.
        _here.set(_innermost())


def diverted_way() -> DirectWriter | None:
    """Return the way of the innermost open block around the code that runs now.

    Returns:
        For a thread that has no block of its own, the way of the block that was opened last; None where no
        block is open.
    """
    if not _open:
        return None
    diversion = _innermost()
    return diversion.way if diversion is not None else _latest()


def _innermost() -> _Diversion | None:
    diversion = _here.get()
    while diversion is not None and not diversion.is_open:
        diversion = diversion.around
    return diversion


def _latest() -> DirectWriter | None:
    # Copied in one step: another thread may close its block meanwhile.
    still_open = _open.copy()
    return still_open[-1].way if still_open else None


def diverted_ways() -> list[DirectWriter]:
    """List the ways of all open blocks."""
    return [diversion.way for diversion in _open.copy()]
