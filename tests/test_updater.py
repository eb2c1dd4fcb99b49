"""TaskUpdater: swallowed exceptions, and the end of a record."""

import contextvars
from collections.abc import Iterator
from threading import Thread

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import TaskUpdater, current_updater, notify, states, step
from progress_updater.recording.context import current_position
from progress_updater.recording.guard import guard
from tests.celery_calls import run_in_task
from tests.stored import Stored, stored

pytestmark = pytest.mark.usefixtures("loud_guard")


@pytest.fixture
def updater() -> Iterator[TaskUpdater]:
    """An updater outside Celery whose record the test itself has to end."""
    updater = TaskUpdater(task_name="TEST")
    yield updater
    assert current_position() is None


def _record(updater: TaskUpdater) -> Stored:
    return stored(updater.task_uuid)


# -- current_updater


def test_the_current_updater_is_that_of_the_running_task(updater: TaskUpdater) -> None:
    with updater("step"):
        current_updater().notify("text")
        assert current_updater().task_uuid == updater.task_uuid
    assert _record(updater).lines_in("step") == ["text"]


def test_outside_any_task_the_current_updater_does_nothing() -> None:
    def outside() -> None:
        nobody = current_updater()
        with nobody("step"):
            raise ValueError("swallowed all the same")
        nobody.notify("text")
        with nobody as entered:
            entered.advance()
            assert current_position() is None
            TaskUpdater(task_uuid="begun inside nobody").notify("text")
        nobody.finish()
        with pytest.raises(ValueError, match="swallowed"):
            nobody.raise_latest_exception()
        assert stored(nobody.task_uuid).runs == {}
        assert stored("begun inside nobody").identity.parent is None

    contextvars.Context().run(outside)


# -- swallowed exceptions


def test_the_latest_swallowed_exception_is_kept(updater: TaskUpdater) -> None:
    assert updater.latest_exception is None
    for error in (ValueError("first"), KeyError("second")):
        with updater("step"):
            raise error
    assert updater.latest_exception is error


def test_the_latest_exception_is_raised_as_it_was(updater: TaskUpdater) -> None:
    error = ValueError("no good")
    with updater("step"):
        raise error
    with pytest.raises(ValueError, match="no good") as raised:
        updater.raise_latest_exception()
    assert raised.value is error
    names = [entry.name for entry in raised.traceback]
    assert names[-1] == "test_the_latest_exception_is_raised_as_it_was"
    record = _record(updater)
    assert record.state == states.FAILURE
    assert record.last.attempt.failure
    assert record.last.attempt.failure.step == 1


def test_without_a_swallowed_exception_nothing_is_raised(updater: TaskUpdater) -> None:
    with updater("step"):
        pass
    updater.raise_latest_exception()
    assert _record(updater).state == states.SUCCESS


def test_an_exception_that_a_callee_raises_again_arose_where_it_was_swallowed(updater: TaskUpdater) -> None:
    def callee(updater: TaskUpdater) -> None:
        with updater("inner"):
            raise ValueError("no good")
        with updater("next"):
            pass
        updater.raise_latest_exception()

    with updater("outer"):
        callee(updater)
    outer = _record(updater).step("outer")
    assert outer.state == states.FAILURE
    assert outer.failure
    assert outer.failure.step == _record(updater).step("inner").number
    updater.finish()


def test_a_swallowed_exception_is_kept_although_it_cannot_be_recorded(
    updater: TaskUpdater, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(guard, "loud", False)
    monkeypatch.setattr("progress_updater.recording.recorder.Recorder.suppress", broken)
    with updater("step"):
        raise ValueError("swallowed")
    assert isinstance(updater.latest_exception, ValueError)


# -- the end


def test_finish_ends_a_record_outside_celery(updater: TaskUpdater) -> None:
    updater.notify("text")
    updater.finish()
    record = _record(updater)
    assert record.state == states.SUCCESS
    assert record.task
    assert record.task.end is not None


def test_a_record_does_not_end_while_a_step_is_open(updater: TaskUpdater) -> None:
    with updater("open"):
        updater.finish()
        updater.raise_latest_exception()
        with TaskUpdater(task_uuid=updater.task_uuid) as again:
            again.notify("from a callee")
        assert _record(updater).state == states.STARTED
        assert _record(updater).step("open").state == states.STARTED
    updater.finish()
    assert _record(updater).state == states.SUCCESS
    assert _record(updater).lines_in("open") == ["from a callee"]


def test_leaving_the_block_of_an_updater_ends_its_record() -> None:
    with TaskUpdater(task_name="TEST") as updater:
        notify("ambient calls go to it")
        with step("step"):
            pass
    record = _record(updater)
    assert (record.state, record.lines) == (states.SUCCESS, ["ambient calls go to it"])
    assert current_position() is None


def test_a_callee_that_enters_the_same_updater_stays_inside_the_step_around_it(updater: TaskUpdater) -> None:
    with updater("outer"):
        with TaskUpdater() as callee, callee("inner"):
            pass
        notify("after the callee")
    assert [name for name, _ in _record(updater).outline] == ["1 outer", "1.1 inner"]
    assert _record(updater).lines_in("outer") == ["after the callee"]


def test_an_exception_that_leaves_the_block_of_an_updater_fails_its_record() -> None:
    with pytest.raises(ValueError, match="no good"), TaskUpdater() as updater:
        raise ValueError("no good")
    record = _record(updater)
    assert record.state == states.FAILURE
    assert record.task
    assert (record.task.exception, record.task.exception_type) == ("no good", "ValueError")


@pytest.mark.parametrize(
    ("exception", "state"),
    [
        (SystemExit(0), states.SUCCESS),
        (SystemExit(1), states.FAILURE),
        (SoftTimeLimitExceeded(), states.FAILURE),
    ],
    ids=repr,
)
def test_a_record_ends_as_what_leaves_its_block_says(exception: BaseException, state: str) -> None:
    with pytest.raises(type(exception)), TaskUpdater() as updater:
        raise exception
    assert _record(updater).state == state


def test_steps_that_were_left_open_end_with_the_block_of_their_updater() -> None:
    with TaskUpdater() as updater:
        step("left open").__enter__()
    assert _record(updater).outline == [("1 left open", states.SUCCESS)]
    assert _record(updater).state == states.SUCCESS


def test_a_step_that_is_open_in_another_thread_keeps_the_record_open() -> None:
    with TaskUpdater() as updater:
        block = updater.step("in a thread")
        thread = Thread(target=block.__enter__)
        thread.start()
        thread.join()
    assert _record(updater).state == states.STARTED
    block.__exit__(None, None, None)
    updater.finish()
    assert _record(updater).state == states.SUCCESS


def test_a_later_block_opens_the_record_again(updater: TaskUpdater) -> None:
    updater.notify("text")
    updater.finish()
    assert _record(updater).state == states.SUCCESS
    with updater("later"):
        assert _record(updater).state == states.STARTED
    updater.finish()
    assert (_record(updater).state, len(_record(updater).runs)) == (states.SUCCESS, 1)
    assert _record(updater).outline == [("1 later", states.SUCCESS)]


def test_an_updater_may_be_entered_again_inside_itself(updater: TaskUpdater) -> None:
    with updater:
        with updater:
            notify("inner")
        with step("later"):
            notify("outer")
    record = _record(updater)
    assert (record.state, record.lines, len(record.runs)) == (states.SUCCESS, ["inner", "outer"], 1)


def test_an_updater_that_was_not_entered_can_be_left(updater: TaskUpdater) -> None:
    updater.__exit__(None, None, None)
    assert _record(updater).runs == {}


# -- inside a task


def test_a_swallowed_exception_makes_the_task_a_failure_although_celery_succeeds(new_id: str) -> None:
    def work() -> str:
        with TaskUpdater()("step"):
            raise ValueError("no good")
        return "done"

    result = run_in_task(work, new_id)
    assert (result.state, result.get()) == ("SUCCESS", "done")
    record = stored(new_id)
    failure = record.last.attempt.failure
    assert record.state == states.FAILURE
    assert failure
    assert (failure.text, failure.step) == ("no good", 1)


def test_an_exception_that_the_author_caught_does_not(new_id: str) -> None:
    def work() -> None:
        try:
            with step("step"):
                raise ValueError
        except ValueError:
            notify("caught")

    run_in_task(work, new_id)
    assert stored(new_id).state == states.SUCCESS
    assert stored(new_id).outline == [("1 step", states.FAILURE)]


@pytest.mark.parametrize("end", ["finish", "insert_final_update", "raise_latest_exception"])
def test_a_callee_does_not_end_the_celery_task_that_it_runs_in(new_id: str, end: str) -> None:
    def work() -> None:
        updater = TaskUpdater()
        with updater("part"):
            getattr(TaskUpdater(), end)()
        getattr(updater, end)()
        assert stored(new_id).state == states.STARTED
        notify("still running")

    run_in_task(work, new_id).get()
    assert stored(new_id).state == states.SUCCESS
    assert stored(new_id).lines == ["still running"]


def test_a_callee_in_a_thread_does_not_end_the_celery_task_of_its_id(new_id: str) -> None:
    def callee() -> None:
        with TaskUpdater(task_uuid=new_id) as updater:
            updater.notify("from a thread")

    def work() -> None:
        thread = Thread(target=callee)
        thread.start()
        thread.join()
        assert stored(new_id).state == states.STARTED

    run_in_task(work, new_id).get()
    assert (stored(new_id).state, len(stored(new_id).runs)) == (states.SUCCESS, 1)
