"""What the tables would hold of one attempt."""

from dataclasses import dataclass, field, replace

from progress_updater import states
from progress_updater.recording.changes import (
    AttemptChange,
    MessageChange,
    RunChange,
    Settlement,
    StepChange,
)


@dataclass
class StoredRun:
    """One attempt: its own row, its steps and its lines."""

    attempt: AttemptChange
    steps: dict[int, StepChange] = field(default_factory=dict)
    lines: dict[int, MessageChange] = field(default_factory=dict)
    """By n."""
    seqs: dict[tuple[str, int], int] = field(default_factory=dict)
    """The place in the log's cursor, by ("opened" or "step", number) and ("line", n)."""

    def take(self, run: RunChange, base: int) -> None:
        """Take a flush; what is stored already stays, or gives way to what is newer."""
        if run.task is not None:
            self.attempt = run.attempt
        for step in run.steps:
            known = self.steps.get(step.number)
            if known is None or known.n < step.n:
                self.steps[step.number] = step
                self.seqs["step", step.number] = base + step.event
                if known is None or known.start is None:
                    self.seqs["opened", step.number] = base + step.opened_event
        for line in run.messages:
            for replaced in line.replaces:
                self.lines.pop(replaced, None)
            if line.n not in self.lines:
                self.lines[line.n] = line
                self.seqs["line", line.n] = base + line.event

    def settle(self, end: Settlement, seq: int) -> None:
        """End the attempt and its open steps, unless they have ended already; LOST is no end."""
        if not _goes_on(self.attempt):
            return
        self.attempt = replace(
            self.attempt, state=end.state, end=self.attempt.end or end.end, failure=end.failure
        )
        for number, step in self.steps.items():
            if step.start is not None and _goes_on(step):
                self.steps[number] = replace(step, state=end.state, end=step.end or end.end)
                self.seqs["step", number] = seq

    @property
    def ordered(self) -> list[MessageChange]:
        """The lines in the order of the cursor."""
        return sorted(self.lines.values(), key=lambda line: self.seqs["line", line.n])


def _goes_on(row: AttemptChange | StepChange) -> bool:
    return row.end is None or row.state == states.LOST
