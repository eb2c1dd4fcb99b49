"""How far whole trees of tasks are: counted by the writer's thread, soon after their tasks have changed."""

from collections.abc import Callable, Iterable
from datetime import datetime
from math import inf
from time import monotonic, time
from typing import Any, Final, Protocol, TypeVar

from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.moments import moment_for, seconds_of
from progress_updater.writing.refusal import was_deadlock
from progress_updater.writing.sql import Dialect
from progress_updater.writing.sql.trees import count_trees, lock_trees
from progress_updater.writing.stranding import settle_stranded

T = TypeVar("T")

LATEST: Final = 1.0  # seconds after a change at which a tree is counted although more changes come in
SHARE: Final = 20  # a count that took a second is followed by another one after so many seconds
AGAIN: Final = 5.0  # seconds until the next try while the database is away
MOST: Final = 200  # trees counted in one transaction


class Touched:
    """The trees whose tasks have changed since they were counted.

    Attributes:
        keys: of the trees.
        first: the monotonic clock when the first of them changed.
        last: and the last of them.
    """

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.first = self.last = -inf

    def add(self, keys: Iterable[str]) -> None:
        """Take note of changes that are stored."""
        now, was_empty = monotonic(), not self.keys
        self.keys.update(keys)
        if self.keys:
            self.first, self.last = now if was_empty else self.first, now

    def some(self) -> list[str]:
        """Return as many of them as are counted at once, in the order that all writers keep."""
        return sorted(self.keys)[:MOST]

    def remove(self, keys: Iterable[str]) -> None:
        """Take note that some of them are counted."""
        self.keys.difference_update(keys)


class CountingSink(Protocol):
    """A sink that knows which trees have changed."""

    touched: Touched

    def ask(self, work: Callable[[Dialect, Any], T]) -> T:
        """Do something in a transaction of its own."""


class TreeCounts:
    """The writer's duty: count each tree again once its tasks are quiet, or after a second.

    Args:
        sink: on whose connection.
    """

    has_tasks = False

    def __init__(self, sink: CountingSink) -> None:
        self._sink = sink
        self._not_before = -inf
        self._is_hurried = False

    def pause(self) -> float | None:
        """Return the seconds until the next count; None where nothing has changed."""
        touched = self._sink.touched
        if not touched.keys:
            return None
        if self._is_hurried:
            return 0.0
        due = min(touched.last + current().FLUSH_INTERVAL, touched.first + LATEST)
        return max(0.0, max(due, self._not_before) - monotonic())

    def hurry(self) -> bool:
        """Make it due at once, because the process ends; False where there is nothing to do."""
        self._is_hurried = bool(self._sink.touched.keys)
        return self._is_hurried

    def attend(self) -> None:
        """Count."""
        touched = self._sink.touched
        began, keys = monotonic(), touched.some()
        if not keys:
            return
        pace = 0.0 if self._is_hurried else current().FLUSH_INTERVAL
        self._is_hurried = False
        try:
            too_soon = self._sink.ask(lambda dialect, cursor: counted(dialect, cursor, keys, pace))
            # Only now: whoever ends the process waits as long as something is left.
            touched.remove(set(keys).difference(too_soon))
            self._not_before = monotonic() + max(pace, SHARE * (monotonic() - began))
        except Exception as error:
            self._not_before = monotonic() + AGAIN
            cause = error.__cause__
            if not (isinstance(cause, Exception) and was_deadlock(cause)):
                guard.report(error, "count the tasks of a workflow; it is tried again")


def counted(dialect: Dialect, cursor: Any, keys: list[str], pace: float = 0.0) -> list[str]:
    """Count trees, unless somebody else has just done so.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        keys: of the trees, sorted.
        pace: seconds that lie between two counts of a tree.

    Returns:
        Those that are to be counted later.
    """
    moment, now = moment_for(dialect.connection), time()
    known = lock_trees(dialect, cursor, keys, moment(0.0))
    too_soon = [key for key, tree in known.items() if 0 <= now - _seconds_of(tree.updated, dialect) < pace]
    due = [key for key in keys if key not in too_soon]
    if due:
        settle_stranded(dialect, cursor, [key for key in due if known[key].failed], moment, now)
        count_trees(dialect, cursor, due, moment(now))
    return too_soon


def _seconds_of(moment: datetime | str, dialect: Dialect) -> float:
    # SQLite tells the type of a column only where it is selected.
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return seconds_of(read, dialect.connection)
