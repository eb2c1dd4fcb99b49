"""Whatever a task does, its record obeys some laws, and says what was printed meanwhile."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from progress_updater import TaskUpdater, notify, plan, snapshot, states, step, track
from progress_updater.models import Message, Step, TaskLog
from progress_updater.policy import Audience
from progress_updater.recording.context import current_position
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush

pytestmark = pytest.mark.django_db(databases="__all__")

NAMES = st.sampled_from(["Read", "Save", "Mail"])


class Wrong(Exception):
    """What goes wrong in a program."""


@dataclass
class Say:
    text: str

    def run(self, program: "Program") -> None:
        notify(self.text)


@dataclass
class Plan:
    names: list[str]

    def run(self, program: "Program") -> None:
        plan(*self.names)


@dataclass
class Count:
    current: float | None
    total: float | None

    def run(self, program: "Program") -> None:
        program.updater.set_progress(self.current, self.total)


@dataclass
class Store:
    def run(self, program: "Program") -> None:
        program.look()


@dataclass
class Fail:
    def run(self, program: "Program") -> None:
        raise Wrong


@dataclass
class Block:
    name: str
    kind: str
    body: list[Any]

    def run(self, program: "Program") -> None:
        with self._made(program), contextlib.suppress(*([Wrong] if self.kind == "caught inside" else [])):
            program.run(self.body)

    def _made(self, program: "Program") -> Any:
        if self.kind == "swallowed":
            return program.updater(self.name)
        return step(self.name, optional=True) if self.kind == "optional" else step(self.name)


@dataclass
class Caught:
    body: list[Any]

    def run(self, program: "Program") -> None:
        with contextlib.suppress(Wrong):
            program.run(self.body)


@dataclass
class Loop:
    name: str | None
    items: int
    left_at: int | None
    body: list[Any]

    def run(self, program: "Program") -> None:
        for item in track(range(self.items), self.name):
            program.run(self.body)
            if item == self.left_at:
                break


leaves = st.one_of(
    st.builds(Say, st.text("abc\n", max_size=5)),
    st.builds(Plan, st.lists(NAMES, max_size=3)),
    st.builds(Count, st.none() | st.integers(0, 20), st.none() | st.integers(0, 20)),
    st.builds(Store),
    st.builds(Fail),
)
actions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            Block,
            NAMES,
            st.sampled_from(["passing", "swallowed", "optional", "caught inside"]),
            st.lists(inner),
        ),
        st.builds(Caught, st.lists(inner)),
        st.builds(Loop, st.none() | NAMES, st.integers(0, 3), st.none() | st.integers(0, 2), st.lists(inner)),
    ),
    max_leaves=15,
)


@dataclass
class Program:
    """A task that does some things, and is looked at meanwhile."""

    updater: TaskUpdater = field(default_factory=lambda: TaskUpdater(task_name="TEST", verbose=1))
    percentages: dict[int | None, float] = field(default_factory=dict)

    def run(self, actions: list[Any]) -> None:
        """Do some things."""
        for action in actions:
            action.run(self)

    def look(self) -> None:
        """See that no percentage has fallen."""
        flush()
        log = TaskLog.objects.get(task_uuid=self.updater.task_uuid)
        shown = dict(Step.objects.filter(task_log=log).values_list("number", "percent"))
        for number, percent in (shown | {None: log.percent}).items():
            assert (percent or 0) >= self.percentages.get(number, 0)
            self.percentages[number] = percent or 0


@pytest.fixture(autouse=True)
def stored_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}


def _ran(actions: list[Any]) -> tuple[TaskLog, str]:
    """Run a program, and return its record and what it printed."""
    program = Program()
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.suppress(Wrong), program.updater:
        program.run(actions)
    program.look()
    return TaskLog.objects.get(task_uuid=program.updater.task_uuid), printed.getvalue()


some_programs = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@some_programs
@given(st.lists(actions, max_size=6))
def test_the_text_of_a_record_is_what_was_printed(actions: list[Any]) -> None:
    log, printed = _ran(actions)
    assert "".join(snapshot.text_of(log, Audience.DETAILS)) == printed


@some_programs
@given(st.lists(actions, max_size=6))
def test_the_rows_of_a_record_obey_its_laws(actions: list[Any]) -> None:
    log, _ = _ran(actions)
    steps = list(Step.objects.filter(task_log=log))
    lines = list(Message.objects.filter(task_log=log))
    numbers = {row.number for row in steps}
    changes = [row.n for row in [*steps, *lines]]
    assert current_position() is None
    assert log.state in {states.SUCCESS, states.FAILURE}
    assert len(set(changes)) == len(changes)
    assert len({row.seq for row in [*steps, *lines]}) == len(changes)
    assert log.end_seq == log.seq == max([log.seq, *[row.seq for row in [*steps, *lines]]])
    for row in steps:
        assert row.parent is None or (row.parent in numbers and row.parent < row.number)
        assert row.state in states.TERMINAL
        assert (row.state == states.IGNORED) == (row.start is None)
        assert row.start is None or (row.end is not None and log.start <= row.start <= row.end <= log.end)
        assert (row.failure is not None) == (row.state == states.FAILURE)
        assert row.failure is None or row.failure["step"] in numbers
        assert row.opened_seq <= row.seq <= log.seq
    assert {line.step for line in lines} <= numbers | {None}
    assert log.steps_done == sum(1 for row in steps if row.end is not None)
    assert log.steps_failed == sum(1 for row in steps if row.state == states.FAILURE)


def _inner(rows: list[Step]) -> Iterator[tuple[Step, Step]]:
    by_number = {row.number: row for row in rows}
    return ((row, by_number[row.parent]) for row in rows if row.parent is not None)


@some_programs
@given(st.lists(actions, max_size=6))
def test_a_step_lives_inside_the_step_around_it(actions: list[Any]) -> None:
    log, _ = _ran(actions)
    for row, around in _inner(list(Step.objects.filter(task_log=log))):
        assert row.seq < around.seq
        if row.start is not None:
            assert around.start <= row.start
            assert row.end <= around.end
