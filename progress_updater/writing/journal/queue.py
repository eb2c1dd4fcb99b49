"""Lines for which there was no memory: they wait in the journal until there is room again."""

from collections import defaultdict
from typing import Final, NamedTuple, Protocol

from progress_updater.recording.channel import Queued, Source
from progress_updater.recording.entries import END, QUEUED, STEP, Entry
from progress_updater.writing.journal.journal import Journal, Mark
from progress_updater.writing.journal.segments import HEADER, Segment

ROOM: Final = 8 * 1024 * 1024  # bytes of memory that have to be free before another file is read


class Memory(Protocol):
    """What the queue sees of the writer."""

    free: int
    queueing: bool

    def add(self, source: Source) -> None:
        """Take up a source that has something to store."""


class Place(NamedTuple):
    """How far the journal is read."""

    segment: Segment
    position: int


Waiting = tuple[Queued, object]
"""A source with lines in the journal only, and what its latest line is known by."""


class Queue:
    """Put lines into the journal from any thread, and read them back in the thread that stores.

    Args:
        journal: where they are.
        memory: how much of it there is.
    """

    def __init__(self, journal: Journal, memory: Memory) -> None:
        self._journal = journal
        self._memory = memory
        self._sources: dict[int, Waiting] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """Leave everything to the parent process, in a forked child."""
        self._sources.clear()
        self._writing: dict[object, int] = {}
        self._puts = 0
        self._place: Place | None = None

    @property
    def is_used(self) -> bool:
        """Whether there is anything in it that was not read back."""
        return bool(self._sources)

    def put(self, source: Queued, entry: Entry) -> bool:
        """Write a line into the journal only.

        Args:
            source: the run that says it.
            entry: of the kind LINE.

        Returns:
            False where the journal takes nothing.
        """
        if self._journal.is_off:
            return False
        token = object()
        try:
            # In this order: read() sees what is written after it has looked, whoever comes in between.
            self._writing[token] = source.key
            self._puts += 1
            source.wait_in(self._sources)
            self._sources[source.key] = source, token
            self._memory.queueing = True
            written = self._journal.keep((QUEUED, *entry[1:]))
            return written is not None
        finally:
            self._writing.pop(token, None)

    def read(self) -> Mark | None:
        """Bring back the lines that were put first, as many as there is room for.

        Returns:
            The place before which everything is in memory.
        """
        puts, known = self._puts, self._sources.copy()
        writing = set(self._writing.copy().values())
        settled = {key: waiting for key, waiting in known.items() if key not in writing}
        is_behind = True
        while is_behind and self._memory.free > ROOM:
            is_behind = self._read_file(settled)
        if not (is_behind or writing):
            self._release_all(known, puts)
        return self._mark()

    def _release_all(self, known: dict[int, Waiting], puts: int) -> None:
        """Let the steps and ends of all go on, unless anything was put meanwhile."""
        for source, _ in known.values():
            self._memory.add(source)
        # One step of the interpreter, up to the end of clear().
        if self._puts == puts:
            self._memory.queueing = False
            self._sources.clear()

    def _read_file(self, settled: dict[int, Waiting]) -> bool:
        """Read the rest of one file; False at the end of the journal."""
        place = self._next_place()
        if place is None:
            return False
        segment, start = place
        is_complete = not self._journal.is_written_to(segment)
        end = segment.position
        self._give_back(segment.entries(start, end, {QUEUED, STEP, END}), settled)
        if is_complete:
            segment.leave_memory()
        self._place = Place(segment, end)
        return is_complete and self._next_place() is not None

    def _next_place(self) -> Place | None:
        segments, place = self._journal.segments, self._place
        if place is None or place.segment not in segments:
            return Place(segments[0], HEADER) if segments else None
        later = segments[segments.index(place.segment) + 1 :]
        if self._journal.is_written_to(place.segment) or place.position < place.segment.position:
            return place
        return Place(later[0], HEADER) if later else None

    def _give_back(self, entries: list[Entry], settled: dict[int, Waiting]) -> None:
        of_runs = defaultdict(list)
        for entry in entries:
            of_runs[entry[1]].append(entry)
        for key, of_run in of_runs.items():
            waiting = self._sources.get(key)
            if waiting is None:
                continue
            source, _ = waiting
            source.take_back(of_run)
            self._memory.add(source)
            if of_run[-1][0] == END:
                self._release(key, settled.get(key))

    def _release(self, key: int, settled: Waiting | None) -> None:
        """Let a run that has ended go on, unless it has put more since the reading began."""
        # One step of the interpreter.
        if key in self._sources and self._sources[key] is settled:
            del self._sources[key]

    def _mark(self) -> Mark | None:
        if self._place is None:
            return None
        segments, (segment, position) = self._journal.segments, self._place
        return Mark(segment, position, segments[: segments.index(segment)] if segment in segments else ())
