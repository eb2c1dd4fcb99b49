"""One run, as its journal knows it."""

from dataclasses import dataclass, field
from typing import Any

from progress_updater.recording.changes import Identity
from progress_updater.recording.entries import END, LINE, QUEUED, RUN, STEP, Entry, latest_number
from progress_updater.recording.failure import Failure
from progress_updater.recording.lines import Line, line_of
from progress_updater.recording.process import ProcessIdentity


@dataclass(kw_only=True)
class JournaledRun:
    """Put together what the entries of a journal say of one run."""

    run: str
    task_uuid: str
    epoch: float
    started: float
    retries: int
    redelivered: bool
    worker: str | None
    leads: bool
    process: ProcessIdentity | None
    identity: Identity
    lines: dict[int, Line] = field(default_factory=dict)
    """Those that are not stored, by n."""
    steps: dict[int, Entry] = field(default_factory=dict)
    """The newest entry of each step that is not stored, by number."""
    ending: Entry | None = None
    result: str | None = None
    result_kept: bool | None = None
    is_end_stored: bool = True
    """Whether its end, or that it has none, is stored."""
    is_stored: bool = False
    """Whether its process had stored it; if nobody knows it now, it was deleted since."""
    is_identity_stored: bool = True
    """Whether its identity, as it was told last, is stored."""
    is_overtaken: bool = False
    """Whether its task had begun again before anything of this run was stored."""

    def time_of(self, moment: float | None) -> float | None:
        """Convert a moment of the process's monotonic clock to seconds since the epoch."""
        return None if moment is None else self.epoch + moment

    def begin_portion(self) -> None:
        """Forget what was said of it so far, and is stored now."""
        self.lines.clear()
        self.steps.clear()
        self.is_end_stored = self.is_identity_stored = True

    def take(self, entry: Entry, *, is_stored: bool) -> None:
        """Add what an entry of the journal says of it.

        Args:
            entry: of this run.
            is_stored: whether the journal says that its process had stored it.
        """
        kind = entry[0]
        if kind == RUN:
            self.is_stored = self.is_stored or is_stored
            self.is_identity_stored = is_stored
        elif kind == END:
            _, _, self.ending, self.result, self.result_kept = entry
            self.is_end_stored = is_stored
        elif kind in {LINE, QUEUED} and not is_stored:
            line = line_of(entry)
            self.lines[line.n] = line
        elif kind == STEP and not is_stored:
            known = self.steps.get(entry[2])
            if known is None or latest_number(known) <= latest_number(entry):
                self.steps[entry[2]] = entry

    @property
    def has_news(self) -> bool:
        """Whether something is said of it that its process had not stored."""
        return bool(self.lines or self.steps) or not self.is_end_stored

    @property
    def end(self) -> tuple[str, float, Failure | None] | None:
        """State, time and failure of its end; None where the process died before it."""
        if self.ending is None:
            return None
        _, at, state, failure = self.ending
        return state, self.epoch + at, failure_of(failure)


def failure_of(fields: tuple[Any, ...] | None) -> Failure | None:
    """Return the failure of which an entry tells, None for none."""
    if fields is None:
        return None
    kind, text, step, traceback, where = fields
    return Failure(type=kind, text=text, step=step, traceback=traceback, where=where)
