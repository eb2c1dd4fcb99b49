"""One row of the table of faults."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services import SQLITE_URL

COMPLETE = ["before", "during", "after"]
JOURNAL = "write the journal"
STORE = "store progress; it is kept and stored later"
ROW = "store a row"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a fault strikes."""

    alias: str
    journals: Path


@contextmanager
def nothing(place: Place) -> Iterator[None]:
    """Leave all as it is."""
    yield


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and what is seen of it.

    Attributes:
        name: says it.
        inject: has it go wrong while its block lasts.
        in_midst: whether it begins in the midst of a task; otherwise before it.
        says: what the task does meanwhile.
        shows: the lines of the record afterwards.
        reads: turns the stored lines into what is compared with that.
        warns: what could not be done, as the log says once each.
        settings: of the app.
        url: the database, for what is not the same on each.
    """

    name: str
    inject: Callable[[Place], AbstractContextManager[None]] = nothing
    in_midst: bool = False
    says: Callable[[], None] = lambda: None
    shows: list[str] = field(default_factory=lambda: COMPLETE)
    reads: Callable[[list[str]], list[str]] = list
    warns: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    url: str = SQLITE_URL
