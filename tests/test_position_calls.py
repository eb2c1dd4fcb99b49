"""What an updater says, counts and plans: in the current step, or between steps."""

from threading import Thread

import pytest

from progress_updater import TaskUpdater, notify, states
from tests.updaters import Record

pytestmark = pytest.mark.usefixtures("loud_guard")


def test_an_updater_speaks_and_counts_in_the_current_step_or_between_steps(
    updater: TaskUpdater, record: Record
) -> None:
    updater.notify("between", level="debug", replace="x", public=False, data=1)
    updater.advance()
    updater.advance(1.5)
    updater.advance("many")  # type: ignore[arg-type]
    with updater("step"):
        updater.notify("inside")
        updater.set_progress(3, 10, "rows")
        updater.advance(2)
    recorded = record()
    assert recorded.task
    assert recorded.task.count.current == 2.5
    assert (recorded.step("step").count.current, recorded.step("step").count.unit) == (5, "rows")
    first, second = recorded.last.ordered
    assert (first.step, first.level, first.replace, first.public, first.data) == (
        None,
        "debug",
        "x",
        False,
        "1",
    )
    assert (second.text, second.step) == ("inside", 1)


def test_an_updater_that_counts_the_task_begins_at_zero_after_its_steps(
    updater: TaskUpdater, record: Record
) -> None:
    with updater("step"):
        pass
    record()
    updater.advance(3)
    task = record().task
    assert task
    assert task.count.current == 3


def test_an_updater_plans_tracks_and_shows_states(updater: TaskUpdater, record: Record) -> None:
    updater.plan("a", "b")
    updater.set_state("GOING_TO_SLEEP")
    assert list(updater.track("xy", "a", unit="letters")) == ["x", "y"]
    with updater.step("b", total=2, unit="rows"):
        pass
    recorded = record()
    assert recorded.task
    assert (recorded.task.custom_state, recorded.task.count.current) == ("GOING_TO_SLEEP", 2)
    assert recorded.outline == [("1 a", states.SUCCESS), ("2 b", states.SUCCESS)]
    updater.finish()


def test_in_another_thread_an_updater_records_between_steps(updater: TaskUpdater, record: Record) -> None:
    def work() -> None:
        updater.notify("from a thread")
        with updater("in a thread"):
            notify("ambient")

    with updater("step"):
        thread = Thread(target=work)
        thread.start()
        thread.join()
    assert [name for name, _ in record().outline] == ["1 step", "2 in a thread"]
    assert [line.step for line in record().last.ordered] == [None, 2]
