"""Lines for which there was no memory: they wait in the journal until there is room again."""

from collections import defaultdict
from typing import Final, NamedTuple, Protocol

from progress_updater.recording.channel import Queued, Source
from progress_updater.recording.entries import END, QUEUED, Entry
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


class Queue:
    """Put lines into the journal from any thread, and read them back in the thread that stores.

    Args:
        journal: where they are.
        memory: how much of it there is.
    """

    def __init__(self, journal: Journal, memory: Memory) -> None:
        self._journal = journal
        self._memory = memory
        self.begin_anew()

    def begin_anew(self) -> None:
        """Leave everything to the parent process, in a forked child."""
        self._sources: dict[int, Queued] = {}
        self._writing: set[object] = set()
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
        token = object()
        try:
            self._puts += 1
            self._writing.add(token)
            self._sources[source.key] = source
            self._memory.queueing = True
            return bool(self._journal.keep((QUEUED, *entry[1:])))
        finally:
            self._writing.discard(token)

    def read(self) -> Mark | None:
        """Bring back the lines that were put first, as many as there is room for.

        Returns:
            The place before which everything is in memory.
        """
        puts = self._puts
        is_behind = True
        while is_behind and self._memory.free > ROOM:
            is_behind = self._read_file()
        # No thread comes in between the last look at what was put and the end of these assignments.
        if not (is_behind or self._writing) and self._puts == puts:
            sources, self._sources, self._memory.queueing = self._sources, {}, False
            for source in sources.values():
                self._has_all_back(source)
        return self._mark()

    def _has_all_back(self, source: Queued) -> None:
        source.has_all_back()
        self._memory.add(source)

    def _read_file(self) -> bool:
        """Read the rest of one file; False at the end of the journal."""
        place = self._next_place()
        if place is None:
            return False
        segment, start = place
        is_complete = not self._journal.is_written_to(segment)
        end = segment.position
        self._give_back(segment.entries(start, end, {QUEUED, END}))
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

    def _give_back(self, entries: list[Entry]) -> None:
        of_runs = defaultdict(list)
        for entry in entries:
            of_runs[entry[1]].append(entry)
        for key, of_run in of_runs.items():
            source = self._sources.get(key)
            if source is None:
                continue
            source.take_back([entry for entry in of_run if entry[0] == QUEUED])
            self._memory.add(source)
            if of_run[-1][0] == END:
                source.has_all_back()

    def _mark(self) -> Mark | None:
        if self._place is None:
            return None
        segments, (segment, position) = self._journal.segments, self._place
        return Mark(segment, position, segments[: segments.index(segment)] if segment in segments else [])
