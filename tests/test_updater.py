"""TaskUpdater: joining a task, swallowed exceptions, and the end of a record."""

import contextvars
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import pytest
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import Group, User

from progress_updater import TaskUpdater, current_updater, notify, states, step, task_context
from progress_updater.recording.context import current_position
from progress_updater.recording.guard import guard
from tests.stored import Stored, memory, stored


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)


@pytest.fixture
def new_id() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def updater() -> Iterator[TaskUpdater]:
    """An updater outside Celery whose record the test itself has to end."""
    updater = TaskUpdater(task_name="TEST")
    yield updater
    assert current_position() is None


def _record(updater: TaskUpdater) -> Stored:
    return stored(updater.task_uuid)


# -- identity


def test_outside_celery_an_updater_has_a_new_id_and_a_plain_name() -> None:
    updater = TaskUpdater()
    updater.notify("text")
    assert uuid.UUID(updater.task_uuid).version == 4
    assert _record(updater).identity.task_name == "task"
    assert TaskUpdater().task_uuid != updater.task_uuid


def test_an_updater_begins_its_run_when_it_is_first_used(new_id: str) -> None:
    updater = TaskUpdater(task_uuid=new_id, task_name="TEST")
    assert stored(new_id).runs == {}
    updater.notify("text")
    assert (_record(updater).state, _record(updater).lines) == (states.STARTED, ["text"])


@pytest.mark.parametrize("name", ["TEST", 17, "x" * 300, "a\nb", ""])
def test_the_name_is_a_label_of_any_type(name: object) -> None:
    updater = TaskUpdater(task_name=name)
    updater.notify("text")
    assert _record(updater).identity.task_name == str(name)


@pytest.mark.parametrize(
    "task_id", ["x" * 255, "x" * 300, "a/b.c\nd", 17, uuid.UUID(int=7), "a\x00b"], ids=repr
)
def test_the_id_is_any_text_or_object(task_id: object) -> None:
    unique = f"{task_id}{uuid.uuid4()}"[-255:] if isinstance(task_id, str) else task_id
    first, second = TaskUpdater(task_uuid=unique), TaskUpdater(task_uuid=unique)
    first.notify("first")
    second.notify("second")
    assert first.task_uuid == second.task_uuid
    assert len(first.task_uuid) <= 255
    assert stored(unique).lines[-2:] == ["first", "second"]
    first.finish()


def test_an_updater_is_always_true() -> None:
    assert TaskUpdater()
    assert current_updater()


def test_the_same_id_in_the_process_joins_the_run(new_id: str) -> None:
    first = TaskUpdater(task_uuid=new_id, task_name="TEST")
    with first("outer"):
        second = TaskUpdater(task_uuid=new_id, tags=["b"], owner="42")
        with second("inner"):
            pass
    record = _record(first)
    assert len(record.runs) == 1
    assert [name for name, _ in record.outline] == ["1 outer", "1.1 inner"]
    assert (record.identity.task_name, record.identity.owner, record.identity.tags) == ("TEST", "42", ("b",))


def test_two_updaters_of_one_id_join_whichever_is_used_first(new_id: str) -> None:
    first, second = TaskUpdater(task_uuid=new_id), TaskUpdater(task_uuid=new_id, task_name="second")
    first.notify("first")
    second.notify("second")
    assert len(stored(new_id).runs) == 1
    assert stored(new_id).lines == ["first", "second"]
    assert stored(new_id).identity.task_name == "second"


def test_threads_that_use_an_updater_for_the_first_time_at_once_share_a_run(new_id: str) -> None:
    barrier = Barrier(8)
    updaters = [TaskUpdater(task_uuid=new_id) for _ in range(4)]

    def say(number: int) -> None:
        barrier.wait()
        updaters[number % 4].notify(str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(8)))
    assert len(stored(new_id).runs) == 1
    assert sorted(stored(new_id).lines) == [str(number) for number in range(8)]


def test_after_the_end_the_same_id_is_a_new_attempt(new_id: str) -> None:
    for text in ("first", "second"):
        updater = TaskUpdater(task_uuid=new_id)
        updater.notify(text)
        updater.finish()
    record = stored(new_id)
    assert len(record.runs) == 2
    assert record.lines == ["second"]


def test_an_updater_without_an_id_joins_the_task_that_runs_when_it_is_used(updater: TaskUpdater) -> None:
    early = TaskUpdater()
    with updater("step"):
        early.notify("joined")
    assert early.task_uuid == updater.task_uuid
    assert _record(updater).lines_in("step") == ["joined"]


def test_who_and_what_a_record_is_about_can_be_said(new_id: str) -> None:
    TaskUpdater(task_uuid=new_id, owner=User(pk=42), tags=["a"], about=Group(pk=7)).notify("text")
    identity = stored(new_id).identity
    assert (identity.owner, identity.tags, identity.about) == ("42", ("a",), "auth.group:7")


def test_a_record_outside_celery_takes_owner_tags_and_subject_of_its_context(new_id: str) -> None:
    with task_context(owner="42", tags=["a"], about="shop.order:7"):
        TaskUpdater(task_uuid=new_id, tags=["b"]).notify("text")
    identity = stored(new_id).identity
    assert (identity.owner, identity.tags, identity.about) == ("42", ("a", "b"), "shop.order:7")


def test_a_record_is_stored_under_its_name_from_the_start(new_id: str) -> None:
    TaskUpdater(task_uuid=new_id, task_name="TEST").notify("text")
    assert {change.identity.task_name for change in memory().changes[new_id]} == {"TEST"}


# -- inside a task


@shared_task(name="tests.updater.call")
def call(function: Callable[[], Any]) -> Any:
    """Run a function as a Celery task."""
    return function()


def _run(function: Callable[[], Any], task_id: str) -> Any:
    return call.apply((function,), task_id=task_id)


def test_in_a_celery_task_an_updater_joins_the_task(new_id: str) -> None:
    def work() -> str:
        updater = TaskUpdater()
        with updater("step"):
            notify("text")
        return updater.task_uuid

    assert _run(work, new_id).get() == new_id
    record = stored(new_id)
    assert (record.identity.task_name, record.identity.celery_name) == ("tests.updater.call",) * 2
    assert (record.state, record.outline) == (states.SUCCESS, [("1 step", states.SUCCESS)])


def test_in_a_celery_task_the_name_is_a_label_beside_celerys(new_id: str) -> None:
    _run(lambda: TaskUpdater(task_name="TEST").notify("text"), new_id)
    identity = stored(new_id).identity
    assert (identity.task_name, identity.celery_name) == ("TEST", "tests.updater.call")


def test_another_id_in_a_celery_task_is_a_record_of_its_own_below_the_task(new_id: str) -> None:
    child_id = f"child of {new_id}"

    def work() -> None:
        child = TaskUpdater(task_uuid=child_id, task_name="CHILD")
        with child("inside the child"):
            notify("ambient, in the child")
            with step("ambient step"):
                pass
        notify("ambient, in the task")
        child.finish()

    with task_context(owner="42"):
        _run(work, new_id)
    child, parent = stored(child_id), stored(new_id)
    assert (child.identity.parent, child.identity.root, child.identity.owner) == (new_id, new_id, "42")
    assert [name for name, _ in child.outline] == ["1 inside the child", "1.1 ambient step"]
    assert child.lines == ["ambient, in the child"]
    assert parent.lines == ["ambient, in the task"]
    assert (child.state, parent.state) == (states.SUCCESS, states.SUCCESS)


def test_a_record_below_a_record_has_the_same_root(new_id: str) -> None:
    def work() -> None:
        with TaskUpdater(task_uuid=f"b {new_id}") as middle, middle("step"):
            TaskUpdater(task_uuid=f"c {new_id}").notify("text")

    _run(work, new_id)
    lowest = stored(f"c {new_id}").identity
    assert (lowest.parent, lowest.root) == (f"b {new_id}", new_id)


def test_a_swallowed_exception_makes_the_task_a_failure_although_celery_succeeds(new_id: str) -> None:
    def work() -> str:
        with TaskUpdater()("step"):
            raise ValueError("no good")
        return "done"

    result = _run(work, new_id)
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

    _run(work, new_id)
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

    _run(work, new_id).get()
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

    _run(work, new_id).get()
    assert (stored(new_id).state, len(stored(new_id).runs)) == (states.SUCCESS, 1)


def test_an_updater_of_a_task_that_is_not_recorded_does_nothing(new_id: str, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "RECORD": ["!tests.updater.*"]}

    def work() -> str:
        updater = TaskUpdater(task_name="TEST", verbose=1)
        with updater("step", total=3) as block:
            block.advance()
            updater.advance()
            updater.set_progress(1)
            updater.set_state("SLEEPING")
            updater.plan("a")
            notify("text")
            raise ValueError("swallowed")
        with current_updater() as again:
            again.notify("text")
        assert isinstance(updater.latest_exception, ValueError)
        updater.finish()
        return updater.task_uuid

    assert _run(work, new_id).get() == new_id
    assert stored(new_id).runs == {}


def test_a_record_of_its_own_begins_in_a_task_that_is_not_recorded(new_id: str, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "RECORD": ["!tests.updater.*"]}
    child_id = f"child of {new_id}"
    _run(lambda: TaskUpdater(task_uuid=child_id).notify("text"), new_id)
    assert stored(child_id).lines == ["text"]
    assert stored(child_id).identity.parent == new_id


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


# -- calls


def test_an_updater_speaks_and_counts_in_the_current_step_or_between_steps(updater: TaskUpdater) -> None:
    updater.notify("between", level="debug", replace="x", public=False, data=1)
    updater.advance()
    updater.advance(1.5)
    updater.advance("many")  # type: ignore[arg-type]
    with updater("step"):
        updater.notify("inside")
        updater.set_progress(3, 10, "rows")
        updater.advance(2)
    record = _record(updater)
    assert record.task
    assert record.task.count.current == 2.5
    assert (record.step("step").count.current, record.step("step").count.unit) == (5, "rows")
    first, second = record.last.ordered
    assert (first.step, first.level, first.replace, first.public, first.data) == (
        None,
        "debug",
        "x",
        False,
        "1",
    )
    assert (second.text, second.step) == ("inside", 1)


def test_an_updater_that_counts_the_task_begins_at_zero_after_its_steps(updater: TaskUpdater) -> None:
    with updater("step"):
        pass
    _record(updater)
    updater.advance(3)
    task = _record(updater).task
    assert task
    assert task.count.current == 3


def test_an_updater_plans_tracks_and_shows_states(updater: TaskUpdater) -> None:
    updater.plan("a", "b")
    updater.set_state("GOING_TO_SLEEP")
    assert list(updater.track("xy", "a", unit="letters")) == ["x", "y"]
    with updater.step("b", total=2, unit="rows"):
        pass
    record = _record(updater)
    assert record.task
    assert (record.task.custom_state, record.task.count.current) == ("GOING_TO_SLEEP", 2)
    assert record.outline == [("1 a", states.SUCCESS), ("2 b", states.SUCCESS)]
    updater.finish()


def test_in_another_thread_an_updater_records_between_steps(updater: TaskUpdater) -> None:
    def work() -> None:
        updater.notify("from a thread")
        with updater("in a thread"):
            notify("ambient")

    with updater("step"):
        thread = Thread(target=work)
        thread.start()
        thread.join()
    assert [name for name, _ in _record(updater).outline] == ["1 step", "2 in a thread"]
    assert [line.step for line in _record(updater).last.ordered] == [None, 2]


def test_a_verbose_updater_prints_the_classic_text(capsys: pytest.CaptureFixture[str]) -> None:
    updater = TaskUpdater(task_name="TEST", verbose=1)
    with updater("part"):
        updater.notify("text")
    TaskUpdater(task_uuid=updater.task_uuid, verbose=1).notify("once")
    updater.finish()
    assert capsys.readouterr().out == (
        "\t - TESTpart\n\ttext\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n\tonce\n"
        "\tTask Finished - 1 out of 1 jobs finished\n"
    )


def test_an_updater_that_is_not_verbose_prints_nothing(
    updater: TaskUpdater, capsys: pytest.CaptureFixture[str]
) -> None:
    updater.notify("text")
    updater.finish()
    assert capsys.readouterr().out == ""


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


# -- errors of our own


def test_a_run_that_cannot_begin_does_not_stop_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no settings")

    monkeypatch.setattr(guard, "loud", False)
    monkeypatch.setattr("progress_updater.updater.begin", broken)
    updater = TaskUpdater(verbose=1)
    with updater, updater("step"):
        updater.notify("text")
        raise ValueError("swallowed")
    updater.finish()
    assert isinstance(updater.latest_exception, ValueError)
    assert stored(updater.task_uuid).runs == {}


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
