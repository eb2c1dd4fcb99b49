"""Which runs a journal is about: a file of its own says it, once the files that said it go."""

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

from progress_updater.recording import registry
from progress_updater.recording.entries import END, RUN
from progress_updater.writing.journal.encoding import decoded
from progress_updater.writing.journal.segments import SUFFIX, Segment, write_closed


class Introductions:
    """Keep the introductions of all runs that go on, or of which the other files may say something.

    Only the thread that stores calls it.

    Attributes:
        path: the file; None where there is none.
        size: its size in bytes.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.size = 0
        self._numbers = count(1)
        self._lines: dict[int, bytes] = {}
        self._last: dict[int, Segment | None] = {}

    def take_over(self, journal: Path, going: Iterable[Segment], staying: Sequence[Segment]) -> None:
        """Write them anew, before files go.

        Args:
            journal: the path of the journal, without a suffix.
            going: the files that go, the oldest first; all in them is stored.
            staying: the other files, the oldest first.

        Raises:
            OSError: they cannot be written; then everything is as before.
        """
        lines = _with_those_in(going, self._lines)
        live = {recorder.key for recorder in registry.live()}
        # Of a run that has ended nothing comes after the file that is the newest now.
        newest = staying[-1] if staying else None
        last = {key: self._last.get(key, newest) for key in lines.keys() - live}
        needed = {key: line for key, line in lines.items() if key in live or last[key] in staying}
        self._write(journal, needed)
        self._last = {key: segment for key, segment in last.items() if key in needed}

    def _write(self, journal: Path, lines: dict[int, bytes]) -> None:
        old = self.path
        if lines == self._lines and (not lines or (old is not None and _is_of(old, journal))):
            return
        # Its name comes before those of the others. Whoever dies here leaves two, and the old one is whole.
        path = journal.with_name(f"{journal.name}.0.{next(self._numbers):06}{SUFFIX}") if lines else None
        self.size = write_closed(path, lines.values()) if path is not None else 0
        self.path, self._lines = path, lines
        if old is not None:
            old.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _is_of(path: Path, journal: Path) -> bool:
    return path.name.startswith(f"{journal.name}.") and path.exists()


def _with_those_in(segments: Iterable[Segment], lines: dict[int, bytes]) -> dict[int, bytes]:
    found = lines.copy()
    for segment in segments:
        for line in segment.lines([RUN, END]):
            entry = decoded(line) or (RUN, None)
            if entry[0] == RUN:
                found[entry[1]] = line
            elif entry[2] is not None:
                found.pop(entry[1], None)
    return found
