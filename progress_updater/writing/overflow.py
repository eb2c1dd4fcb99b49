"""What memory has no room for while the database is away: in a file of this process, first in, first out."""

import os
import pickle
import tempfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from progress_updater.recording.changes import LogChange
from progress_updater.recording.guard import Expected, guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.journal.folder import make_folder
from progress_updater.writing.outbox import Collected, Sink

HELD: Final = 16 * 1024 * 1024  # bytes of memory that tasks may take, beside their lines, while they wait
MOST: Final = 64 * 1024 * 1024  # the same, where the file takes nothing
RUN_COST: Final = 4_500  # bytes of memory that a task takes while it waits, besides its texts
STEP_COST: Final = 1_300
ROWS: Final = 2_000  # rows that are read back, and stored, in one go
LONGEST: Final = 0.5  # seconds for which a flush reads back


class NoRoom(Expected):
    """The file takes nothing more."""


class Part(NamedTuple):
    """A part of the file."""

    start: int
    size: int
    changes: int


class Overflow:
    """Keep changes in a file without a name: nobody else can open it, and it goes with its process.

    What has to outlive the process is in the journal, of which nothing goes while anything is in here. Only
    the thread that stores calls it.

    Args:
        folder: where the file is; None for none.
        limit: bytes that it may take.

    Attributes:
        left_out: how many changes there was no room for at all.
    """

    def __init__(self, folder: Path | None = None, limit: int = 0) -> None:
        self._folder = folder
        self._limit = limit
        self._descriptor: int | None = None
        self._parts: deque[Part] = deque()
        self.left_out = 0

    def begin_anew(self) -> None:
        """Leave everything to the parent process, in a forked child."""
        self._parts.clear()
        self._close()
        self.left_out = 0

    @property
    def is_used(self) -> bool:
        """Whether anything in it is not stored yet. All that is in memory is newer."""
        return bool(self._parts)

    def store(self, sink: Sink) -> bool:
        """Store what came first, for a limited time.

        Args:
            sink: where it goes; what it was told twice it stores once.

        Returns:
            False where there is more.

        Raises:
            StoreLater: nothing is lost; call again.
        """
        end = monotonic() + LONGEST
        while self._parts:
            if changes := self._read(self._parts[0]):
                sink.store(changes)
            self._parts.popleft()
            if monotonic() >= end:
                break
        if not self._parts:
            self._close()
        return not self._parts

    def relieve(self, waiting: list[Collected]) -> list[Collected]:
        """Take up what waits, the oldest first, where it takes more memory than it may.

        Args:
            waiting: all that could not be stored now, in the order in which it came.

        Returns:
            What memory has to keep no more.
        """
        if _cost(waiting) <= HELD:
            return []
        taken = 0
        try:
            for part in _parts(waiting):
                self._append([change for _, change in part])
                taken += len(part)
        except PASSING:
            raise
        except Exception as error:
            return [*waiting[:taken], *self._leave_out(waiting[taken:], error)]
        return waiting

    def _append(self, changes: list[LogChange]) -> None:
        if self._folder is None:
            raise NoRoom("there is no journal")
        if self._descriptor is None:
            make_folder(self._folder)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                self._descriptor = os.dup(file.fileno())
        data = zlib.compress(pickle.dumps(changes, pickle.HIGHEST_PROTOCOL), 1)
        start = self._parts[-1].start + self._parts[-1].size if self._parts else 0
        if start + len(data) > self._limit:
            raise NoRoom("JOURNAL_SIZE is reached")
        if os.pwrite(self._descriptor, data, start) < len(data):
            raise NoRoom("the disk is full")
        self._parts.append(Part(start, len(data), len(changes)))

    def _read(self, part: Part) -> list[LogChange]:
        assert self._descriptor is not None
        try:
            data = zlib.decompress(os.pread(self._descriptor, part.size, part.start))
        except (OSError, zlib.error) as error:
            self.left_out += part.changes
            guard.report(error, "read back what waited for the database; it is left out")
            return []
        changes: list[LogChange] = pickle.loads(data)  # noqa: S301 (from a file that nobody else can open)
        return changes

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _leave_out(self, waiting: list[Collected], why: Exception) -> list[Collected]:
        """Choose what goes unrecorded, so that memory does not grow without end."""
        cost, chosen = _cost(waiting), list[Collected]()
        for each in waiting:
            if cost > MOST and _is_last_word(each[1]):
                chosen.append(each)
                cost -= _cost_of(each[1])
        if chosen:
            self.left_out += len(chosen)
            guard.report(
                NoRoom(f"{why}, and they take {MOST >> 20} MiB of memory; the oldest are left out"),
                "keep all tasks that were sent, or have ended, until the database is back",
            )
        return chosen


def _is_last_word(change: LogChange) -> bool:
    return change.run is None or change.run.attempt.end is not None


def _cost(waiting: Iterable[Collected]) -> int:
    """Estimate the memory that all take of which this is the first or the last word; lines are bounded."""
    return sum(
        _cost_of(change)
        for _, change in waiting
        if _is_last_word(change) or (change.run is not None and change.run.is_new)
    )


def _cost_of(change: LogChange) -> int:
    identity, run = change.identity, change.run
    texts = [identity.args, identity.kwargs, identity.options]
    if run is not None:
        failure = run.attempt.failure
        texts += [
            None if run.task is None else run.task.result,
            None if failure is None else failure.text,
            None if failure is None else failure.traceback,
        ]
    steps = 0 if run is None else len(run.steps)
    return RUN_COST + STEP_COST * steps + sum(text.__sizeof__() for text in texts if text is not None)


def _parts(waiting: list[Collected]) -> Iterator[list[Collected]]:
    """Split it so that each part has no more rows than one change, or ROWS, if that is more."""
    part, rows = list[Collected](), 0
    for each in waiting:
        part.append(each)
        run = each[1].run
        rows += 1 if run is None else 1 + len(run.steps) + len(run.messages)
        if rows >= ROWS:
            yield part
            part, rows = [], 0
    if part:
        yield part
