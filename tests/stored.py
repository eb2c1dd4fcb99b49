"""What the tables would hold, read as the tests of recording/ like to read it."""

from typing import Any

from progress_updater import states
from progress_updater.recording.changes import MessageChange, StepChange
from progress_updater.recording.clean import task_key
from progress_updater.testing import stored as product
from progress_updater.testing.stored_run import StoredRun
from progress_updater.writing.channels import channel
from progress_updater.writing.sinks.memory import MemorySink


class Stored(product.Stored):
    """The record of one task id, and short ways to its newest attempt."""

    @property
    def last(self) -> StoredRun:
        """The newest attempt."""
        return list(self.runs.values())[-1]

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
