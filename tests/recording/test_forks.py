"""Python's fork inside a task: the child records too, the parent's part stays its own."""

import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from progress_updater import TaskUpdater, states, step
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.changes import LogChange
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.channels import flush
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.memory import MemorySink
from tests.stored import Stored

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

NowStored = Callable[..., Stored]


def in_a_fork(function: Callable[[], Any]) -> Any:
    """Run a function in a forked child, and return what it returned there."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            try:
                pickle.dump(function(), pipe)
            finally:
                pipe.flush()
                os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(answer)


@pytest.fixture
def fork(way: DirectWriter, sink: MemorySink) -> Callable[[Callable[[], object]], list[LogChange]]:
    """Return a function that runs another one in a child, and returns what that child stored."""

    def stored_by_child(function: Callable[[], object]) -> list[LogChange]:
        def in_child() -> list[LogChange]:
            way.begin_anew()
            function()
            way.flush(0)
            return list(sink.changes.get("task", []))

        changes: list[LogChange] = in_a_fork(in_child)
        return changes

    return stored_by_child


Fork = Callable[[Callable[[], object]], list[LogChange]]


def test_a_child_stores_what_it_records_and_nothing_of_the_parent(
    run: Recorder, fork: Fork, now_stored: NowStored
) -> None:
    outer = run.open_step(run.root, "outer")
    run.say(outer, "of the parent")

    def in_child() -> None:
        inner = run.open_step(outer, "of the child")
        run.say(inner, "from the child")
        run.close_step(inner, None)

    child = Stored(fork(in_child))
    parent = now_stored()
    assert (parent.lines, [step.name for step in parent.steps]) == (["of the parent"], ["outer"])
    assert (child.lines, [step.name for step in child.steps]) == (["from the child"], ["of the child"])
    assert list(child.runs) == list(parent.runs)
    assert child.step("of the child").parent == outer.number


def test_the_numbers_of_parent_and_children_never_meet(
    run: Recorder, fork: Fork, now_stored: NowStored
) -> None:
    def work() -> None:
        for _ in range(5):
            step = run.open_step(run.root, "step")
            run.say(step, "line")
            run.close_step(step, None)

    stored = [Stored(fork(work)) for _ in range(3)]
    work()
    stored.append(now_stored())
    changes = [line.n for record in stored for line in record.last.lines.values()]
    changes += [step.n for record in stored for step in record.steps]
    numbers = [step.number for record in stored for step in record.steps]
    assert (len(set(changes)), len(set(numbers))) == (40, 20)
    assert max(changes) < 2**63
    assert max(numbers) < 2**53


def test_a_grandchild_has_numbers_of_its_own(run: Recorder, way: DirectWriter, sink: MemorySink) -> None:
    def record() -> set[int]:
        way.begin_anew()
        run.open_step(run.root, "step")
        way.flush(0)
        return {step.number for step in Stored(sink.changes["task"]).steps}

    child, grandchild = in_a_fork(lambda: (record(), in_a_fork(record)))
    assert len(child | grandchild) == 2


def test_a_child_does_not_speak_for_the_task(run: Recorder, fork: Fork) -> None:
    run.open_step(run.root, "open in the parent")

    def in_child() -> None:
        run.say(run.root, "text")
        run.set_state("SLEEPING")
        run.root.current = 5
        run.finish(states.FAILURE, ValueError("only in the child"))

    changes = [change.run for change in fork(in_child) if change.run]
    assert changes
    assert {change.task for change in changes} == {None}
    assert {change.attempt.state for change in changes} == {states.STARTED}


def test_a_child_that_leaves_a_step_of_the_parent_does_not_end_it(
    run: Recorder, fork: Fork, now_stored: NowStored
) -> None:
    outer = run.open_step(run.root, "outer", 10)
    run.plan(outer, ["planned by the parent"])

    def in_child() -> None:
        outer.current += 5
        run.count_on(outer)
        run.close_step(run.open_step(outer, "planned by the parent"), None)
        run.close_step(outer, ValueError())
        run.finish(states.FAILURE)

    child = fork(in_child)
    assert [step.name for step in Stored(child).steps] == ["planned by the parent"]
    assert Stored(child).steps[0].number != 2
    parent = now_stored()
    assert parent.outline == [("1 outer", states.STARTED), ("1.1 planned by the parent", states.PENDING)]
    assert parent.step("outer").count.current == 0


def test_a_child_is_not_the_end_of_the_text(
    run: Recorder, fork: Fork, capfd: pytest.CaptureFixture[str]
) -> None:
    from progress_updater.recording.echo import Echo

    run.echo = Echo("TEST")
    fork(lambda: run.finish(states.SUCCESS))
    assert "Task Finished" not in capfd.readouterr().out


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_parent_and_child_share_one_attempt_in_the_tables(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}

    def in_child(number: int) -> bool:
        with step(f"child {number}") as block:
            block.notify(f"from child {number}")
        updater.finish()
        return flush(30)

    with TaskUpdater() as updater:
        with updater.step("Work"):
            updater.notify("before")
            assert flush(30)
            assert [in_a_fork(lambda number=number: in_child(number)) for number in range(3)] == [True] * 3
            updater.notify("after")
        assert flush(30)
        log = TaskLog.objects.get(task_uuid=updater.task_uuid)
        assert log.state == states.STARTED
    assert flush(30)
    log.refresh_from_db()
    assert (log.state, log.attempts) == (states.SUCCESS, 1)
    assert Attempt.objects.get(task_log=log).state == states.SUCCESS
    texts = Message.objects.filter(task_log=log).order_by("seq").values_list("text", flat=True)
    assert sorted(texts) == ["after", "before", "from child 0", "from child 1", "from child 2"]
    work = Step.objects.get(task_log=log, name="Work")
    children = Step.objects.filter(task_log=log, parent=work.number)
    assert sorted(children.values_list("name", "state")) == [(f"child {n}", states.SUCCESS) for n in range(3)]
    cursor = [*Message.objects.filter(task_log=log).values_list("seq", flat=True)]
    cursor += Step.objects.filter(task_log=log).values_list("seq", flat=True)
    assert len(set(cursor)) == len(cursor)
