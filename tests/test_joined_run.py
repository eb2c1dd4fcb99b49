"""The run that an updater records: whose it is, when it begins, and what is put on it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from progress_updater import TaskUpdater, current_updater, notify, states, step, task_context
from progress_updater.recording.guard import guard
from tests.celery_calls import run_in_task
from tests.stored import memory, stored

pytestmark = pytest.mark.usefixtures("loud_guard")


# -- outside Celery


def test_outside_celery_an_updater_has_a_new_id_and_a_plain_name() -> None:
    updater = TaskUpdater()
    updater.notify("text")
    assert uuid.UUID(updater.task_uuid).version == 4
    assert stored(updater.task_uuid).identity.task_name == "task"
    assert TaskUpdater().task_uuid != updater.task_uuid


def test_an_updater_begins_its_run_when_it_is_first_used(new_id: str) -> None:
    updater = TaskUpdater(task_uuid=new_id, task_name="TEST")
    assert stored(new_id).runs == {}
    updater.notify("text")
    assert (stored(updater.task_uuid).state, stored(updater.task_uuid).lines) == (states.STARTED, ["text"])


@pytest.mark.parametrize("name", ["TEST", 17, "x" * 300, "a\nb", ""])
def test_the_name_is_a_label_of_any_type(name: object) -> None:
    updater = TaskUpdater(task_name=name)
    updater.notify("text")
    assert stored(updater.task_uuid).identity.task_name == str(name)


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
    record = stored(new_id)
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


def test_an_updater_without_an_id_joins_the_task_that_runs_when_it_is_used() -> None:
    updater = TaskUpdater(task_name="TEST")
    early = TaskUpdater()
    with updater("step"):
        early.notify("joined")
    assert early.task_uuid == updater.task_uuid
    assert stored(updater.task_uuid).lines_in("step") == ["joined"]


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


def test_in_a_celery_task_an_updater_joins_the_task(new_id: str) -> None:
    def work() -> str:
        updater = TaskUpdater()
        with updater("step"):
            notify("text")
        return updater.task_uuid

    assert run_in_task(work, new_id).get() == new_id
    record = stored(new_id)
    assert (record.identity.task_name, record.identity.celery_name) == ("tests.updater.call",) * 2
    assert (record.state, record.outline) == (states.SUCCESS, [("1 step", states.SUCCESS)])


def test_in_a_celery_task_the_name_is_a_label_beside_celerys(new_id: str) -> None:
    run_in_task(lambda: TaskUpdater(task_name="TEST").notify("text"), new_id)
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
        run_in_task(work, new_id)
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

    run_in_task(work, new_id)
    lowest = stored(f"c {new_id}").identity
    assert (lowest.parent, lowest.root) == (f"b {new_id}", new_id)


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

    assert run_in_task(work, new_id).get() == new_id
    assert stored(new_id).runs == {}


def test_a_record_of_its_own_begins_in_a_task_that_is_not_recorded(new_id: str, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "RECORD": ["!tests.updater.*"]}
    child_id = f"child of {new_id}"
    run_in_task(lambda: TaskUpdater(task_uuid=child_id).notify("text"), new_id)
    assert stored(child_id).lines == ["text"]
    assert stored(child_id).identity.parent == new_id


# -- printed


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


def test_an_updater_that_is_not_verbose_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    updater = TaskUpdater(task_name="TEST")
    updater.notify("text")
    updater.finish()
    assert capsys.readouterr().out == ""


# -- errors of our own


def test_a_run_that_cannot_begin_does_not_stop_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no settings")

    monkeypatch.setattr(guard, "loud", False)
    monkeypatch.setattr("progress_updater.joined_run.begin", broken)
    updater = TaskUpdater(verbose=1)
    with updater, updater("step"):
        updater.notify("text")
        raise ValueError("swallowed")
    updater.finish()
    assert isinstance(updater.latest_exception, ValueError)
    assert stored(updater.task_uuid).runs == {}
