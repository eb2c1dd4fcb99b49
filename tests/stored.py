"""What the tables would hold: the changes in a memory sink, put together as the database does it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from progress_updater import states
from progress_updater.recording.changes import (
    AttemptChange,
    Identity,
    LogChange,
    MessageChange,
    RunChange,
    StepChange,
    TaskChange,
)
from progress_updater.recording.clean import task_key
from progress_updater.writing.channels import channel
from progress_updater.writing.sinks.memory import MemorySink


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

    @property
    def ordered(self) -> list[MessageChange]:
        """The lines in the order of the cursor."""
        return sorted(self.lines.values(), key=lambda line: self.seqs["line", line.n])


class Stored:
    """The record of one task id.

    Args:
        changes: its flushes, in order.
    """

    def __init__(self, changes: Iterable[LogChange]) -> None:
        self.identity = Identity(task_name="")
        self.seq = 0
        self.runs: dict[str, StoredRun] = {}
        self.task: TaskChange | None = None
        for change in changes:
            self._take(change)

    def _take(self, change: LogChange) -> None:
        self.identity = change.identity
        if change.run is not None:
            stored = self.runs.setdefault(change.run.run, StoredRun(change.run.attempt))
            stored.take(change.run, self.seq)
            self.task = change.run.task or self.task
        self.seq += change.events

    @property
    def last(self) -> StoredRun:
        """The newest attempt."""
        return list(self.runs.values())[-1]

    @property
    def state(self) -> str | None:
        """The state of the task."""
        return None if self.task is None else self.task.state

    @property
    def steps(self) -> list[StepChange]:
        """The steps of the newest attempt, by number."""
        return [step for _, step in sorted(self.last.steps.items())]

    def step(self, name: str) -> StepChange:
        """Find the one step of that name."""
        (found,) = [step for step in self.steps if step.name == name]
        return found

    @property
    def outline(self) -> list[tuple[str, str]]:
        """The steps as ("2.1 Name", state)."""
        paths: dict[int | None, str] = {None: ""}
        children: dict[int | None, int] = {}
        found = []
        for step in self.steps:
            children[step.parent] = children.get(step.parent, 0) + 1
            around = paths[step.parent]
            paths[step.number] = f"{around}.{children[step.parent]}" if around else str(children[step.parent])
            found.append((f"{paths[step.number]} {step.name}", step.state))
        return found

    @property
    def lines(self) -> list[str]:
        """The texts of the newest attempt, in order."""
        return [line.text for line in self.last.ordered]

    def lines_in(self, name: str) -> list[str]:
        """The texts that were said in a step."""
        number = self.step(name).number
        return [line.text for line in self.last.ordered if line.step == number]

    @property
    def gaps(self) -> list[MessageChange]:
        """The lines that stand for others."""
        return [line for line in self.last.ordered if line.source == "gap"]

    @property
    def unfinished(self) -> list[StepChange]:
        """Steps that have no end."""
        return [step for step in self.steps if step.state not in (*states.TERMINAL, states.RETRY)]


def memory() -> MemorySink:
    """Return where records are kept in Django's test environment, with all that is new."""
    way = channel()
    way.flush(0)
    assert isinstance(way.sink, MemorySink)
    return way.sink


def stored(task_uuid: Any) -> Stored:
    """Return what is stored of a task in Django's test environment."""
    return Stored(memory().changes.get(task_key(task_uuid), []))
