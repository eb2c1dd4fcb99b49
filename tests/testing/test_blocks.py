"""Which logs a block shows, and that it leaves the process as it was."""

import asyncio
import os
from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from celery.app.task import Task
from django.test import TestCase, override_settings

from progress_updater import (
    ProgressUpdaterError,
    TaskUpdater,
    carry,
    current_updater,
    notify,
    step,
    task_context,
)
from progress_updater.recording.context import current_position
from progress_updater.recording.guard import guard
from progress_updater.testing import TaskLogs, record_tasks
from progress_updater.writing import channels, diversion, writer
from tests.testing.programs import import_orders, nightly, quiet, reported
from tests.waiting import wait_until
from tests.worker_thread import worker_thread


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)


@pytest.fixture(autouse=True)
def no_thread_of_the_writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that starts one; those of the process may begin and end with what was tested before."""
    started: list[object] = []
    monkeypatch.setattr(writer, "start_thread", started.append)
    yield
    assert started == []


@pytest.mark.parametrize("sink", ["auto", "memory", "inline", "database"])
def test_whatever_the_sink_of_the_settings_no_thread_and_no_query(settings: Any, sink: str) -> None:
    settings.PROGRESS_UPDATER = {"SINK": sink}
    # No database is allowed here: a query would fail, and the guard is loud.
    with record_tasks() as logs:
        import_orders.apply()
        assert logs.one().state == "SUCCESS"


def test_a_task_is_recorded_however_it_is_called(settings: Any) -> None:
    calls = {
        "directly": lambda: import_orders(0),
        "applied": import_orders.apply,
        "sent eagerly": import_orders.delay,
        "in a thread": lambda: _in_thread(import_orders.apply),
        "directly in a thread": lambda: _in_thread(import_orders),
        "in an executor of asyncio": lambda: asyncio.run(asyncio.to_thread(import_orders)),  # type: ignore[func-returns-value]
    }
    import_orders.app.conf.task_always_eager = True
    try:
        for way, call in calls.items():
            with record_tasks() as logs:
                call()
            assert [(log.celery_name, log.state) for log in logs] == [("shop.import_orders", "SUCCESS")], way
    finally:
        import_orders.app.conf.task_always_eager = False


def _in_thread(function: Any, *args: Any) -> None:
    thread = Thread(target=function, args=args)
    thread.start()
    thread.join()


@pytest.mark.processes
def test_a_worker_in_a_thread_of_the_test_belongs_to_the_block(django_db_blocker: Any) -> None:
    queue = "tests.testing.blocks"
    with record_tasks() as logs, worker_thread(import_orders.app, queue, django_db_blocker):
        result = import_orders.apply_async(queue=queue)
        wait_until(lambda: logs.one(result.id).state == "SUCCESS", 60, "the worker has run the task")
    assert logs.one(result.id).attempts == ["SUCCESS"]
    assert logs.one(result.id).json["queued"] is not None


def test_a_forked_process_keeps_its_records_to_itself() -> None:
    with record_tasks() as logs:
        import_orders()
        child = os.fork()
        if child == 0:
            is_empty = not logs
            import_orders()
            os._exit(0 if is_empty and len(logs) == 1 else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert len(logs) == 1


def test_a_task_that_is_only_sent_is_pending() -> None:
    with record_tasks() as logs:
        result = import_orders.delay()
    log = logs.one(result.id)
    assert (log.state, log.steps, log.messages, log.text, log.attempts) == ("PENDING", [], [], "", [])
    assert log.json["queue"] == "celery"


def test_code_between_with_lines_of_an_updater_is_a_log() -> None:
    with record_tasks() as logs:
        with TaskUpdater(task_name="By hand", owner="7") as updater, updater("First"):
            notify("one")
        assert (logs.one("By hand").state, logs.one().texts, logs.one().owner) == ("SUCCESS", ["one"], "7")


def test_coroutines_are_recorded_where_the_block_stands_around_them_or_inside_of_them() -> None:
    async def work(name: str) -> None:
        with TaskUpdater(task_name=name), step("Wait"):
            await asyncio.sleep(0)

    async def test_inside(name: str) -> list[str]:
        with record_tasks() as logs:
            await asyncio.gather(work(f"{name} 1"), work(f"{name} 2"))
            return [log.name for log in logs]

    async def both() -> list[list[str]]:
        return await asyncio.gather(test_inside("a"), test_inside("b"))

    with record_tasks() as logs:
        assert asyncio.run(both()) == [["a 1", "a 2"], ["b 1", "b 2"]]
        asyncio.run(work("around"))
    assert logs.one().name == "around"


def test_the_innermost_block_has_a_task_and_it_alone() -> None:
    with record_tasks() as outer:
        TaskUpdater(task_name="before").finish()
        with record_tasks() as inner:
            TaskUpdater(task_name="within").finish()
        TaskUpdater(task_name="after").finish()
    assert [log.name for log in outer] == ["before", "after"]
    assert [log.name for log in inner] == ["within"]


def test_blocks_in_two_threads_have_their_own_logs() -> None:
    both_open, found = Barrier(2, timeout=60), {}

    def test_one(name: str) -> None:
        with record_tasks() as logs:
            both_open.wait()
            for _ in range(50):
                import_orders.apply()
            TaskUpdater(task_name=name).finish()
            both_open.wait()
            found[name] = (len(logs), logs.one(name).state)

    threads = [Thread(target=test_one, args=[name]) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"a": (51, "SUCCESS"), "b": (51, "SUCCESS")}


def test_many_threads_in_one_block_lose_nothing() -> None:
    def work(number: int) -> None:
        with TaskUpdater(task_uuid=f"thread {number}") as updater:
            for line in range(20):
                updater.notify(line)

    with record_tasks() as logs:
        threads = [Thread(target=work, args=[number]) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted((log.state, len(log.texts)) for log in logs) == [("SUCCESS", 20)] * 16


def test_a_thread_with_the_step_carried_along_belongs_to_its_task() -> None:
    with record_tasks() as logs, TaskUpdater() as updater, updater.step("Outer"):
        _in_thread(carry(notify), "from the thread")
    assert logs.one().messages_in("Outer") == ["from the thread"]


def test_a_task_that_began_before_the_block_is_not_in_it() -> None:
    updater = TaskUpdater(task_name="early")
    updater.notify("early")
    with record_tasks() as logs:
        updater.notify("late")
        updater.finish()
    assert not logs


def test_the_block_is_outside_of_the_task_around_it() -> None:
    with TaskUpdater() as around:
        with record_tasks() as logs:
            assert current_position() is None
            notify("nobody hears it")
            with TaskUpdater() as inner:
                assert inner.task_uuid != around.task_uuid
        assert current_updater().task_uuid == around.task_uuid
    assert logs.one().task_uuid == inner.task_uuid


def test_tasks_that_are_not_recorded_have_no_log(settings: Any) -> None:
    with record_tasks() as logs:
        quiet()
        quiet.apply()
        settings.PROGRESS_UPDATER = {"RECORD": ["!shop.import_orders"]}
        import_orders()
        assert not logs


def test_more_tasks_than_the_memory_sink_keeps_are_kept() -> None:
    with record_tasks() as logs:
        for number in range(1_100):
            TaskUpdater(task_uuid=f"many {number}").finish()
        assert len(logs) == 1_100


# ---------------------------------------------------------------- a call like that of a function


def test_a_direct_call_returns_and_raises_what_the_task_does() -> None:
    with record_tasks() as logs:
        assert import_orders() == 3
        with pytest.raises(ValueError, match="row 2 is bad"):
            import_orders(2)
    assert [(log.state, log.exception) for log in logs] == [("SUCCESS", None), ("FAILURE", "row 2 is bad")]


def test_a_direct_call_inside_a_task_is_a_part_of_it() -> None:
    with record_tasks() as logs, TaskUpdater(task_name="outer"):
        import_orders()
    assert logs.one().name == "outer"
    logs.one().step("Save")


def test_a_directly_called_task_ends_when_it_returns_and_not_when_a_part_of_it_says_so() -> None:
    with record_tasks() as logs:
        reported()
    log = logs.one(reported)
    assert (log.name, log.state, log.exception_type) == ("Report", "FAILURE", "ZeroDivisionError")
    log.assert_steps([("First", "FAILURE"), ("Second", "SUCCESS")])


def test_a_direct_call_has_the_context_around_it_as_a_sent_task_has() -> None:
    with record_tasks() as logs, task_context(owner="7", tags=["x"], about="shop.order:1"):
        import_orders()
        import_orders.apply()
    assert [(log.owner, log.tags, log.about) for log in logs] == [("7", ["x"], "shop.order:1")] * 2


# ---------------------------------------------------------------- the process afterwards


def _process() -> tuple[Any, ...]:
    return (
        Task.__call__,
        channels.channel(),
        list(diversion._open),
        diversion._here.get(),
        current_position(),
    )


@pytest.mark.parametrize("store", [False, True])
@pytest.mark.django_db(databases="__all__")
def test_the_process_is_left_as_it_was_also_by_an_exception(store: bool) -> None:
    before = _process()
    with pytest.raises(ZeroDivisionError), record_tasks(store=store), record_tasks():
        assert Task.__call__ is not before[0]
        import_orders()
        raise ZeroDivisionError
    assert _process() == before
    import_orders.apply()
    with record_tasks() as logs:
        assert not logs


def test_blocks_that_end_in_another_order_leave_nothing() -> None:
    before = _process()
    first, second = record_tasks(), record_tasks()
    first.__enter__()
    logs = second.__enter__()
    first.__exit__(None, None, None)
    TaskUpdater(task_name="still").finish()
    assert logs.one().name == "still"
    second.__exit__(None, None, None)
    assert _process() == before


def test_a_block_that_is_left_in_another_context_leaves_nothing() -> None:
    from contextvars import copy_context

    block = record_tasks()
    before = _process()
    copy_context().run(block.__enter__)
    import_orders()
    block.__exit__(None, None, None)
    assert _process() == before


def test_a_change_of_the_settings_inside_the_block_changes_no_log() -> None:
    with record_tasks() as logs:
        with override_settings(PROGRESS_UPDATER={"SINK": "inline"}):
            import_orders.apply()
        import_orders.apply()
        assert len(logs) == 2


def test_without_the_app_in_the_settings_it_says_what_to_add() -> None:
    from django.conf import settings

    without = [name for name in settings.INSTALLED_APPS if name != "progress_updater"]
    with (
        override_settings(INSTALLED_APPS=without),
        pytest.raises(ProgressUpdaterError, match="INSTALLED_APPS"),
        record_tasks(),
    ):
        raise AssertionError


# ---------------------------------------------------------------- finding a log


def test_a_log_is_found_by_the_authors_name_celerys_name_the_task_and_its_id() -> None:
    with record_tasks() as logs:
        result = nightly.apply()
    found = [logs.one(wanted).task_uuid for wanted in ("Nightly", "shop.nightly", nightly, result.id)]
    assert found == [result.id] * 4
    assert [log.celery_name for log in logs[:]] == ["shop.nightly", "shop.import_orders"]
    assert len(logs.named(import_orders)) == 1


def test_none_and_several_list_what_there_is() -> None:
    with record_tasks() as logs:
        with pytest.raises(AssertionError, match=r'(?s)^no log\n.*nothing\. .*"with TaskUpdater\(\):"'):
            logs.one()
        import_orders.apply()
        import_orders.apply(args=[1])
    with pytest.raises(AssertionError) as error:
        logs.one(import_orders)
    text = str(error.value)
    assert text.startswith("2 logs of 'shop.import_orders', not one\n")
    assert "    shop.import_orders: SUCCESS, 2 of 3 steps\n        1 Read: SUCCESS\n" in text
    assert "    shop.import_orders: FAILURE, 2 of 3 steps: ValueError: row 1 is bad" in text
    with pytest.raises(AssertionError, match=r"^no log of 'shop.other'\n\nWhat was recorded:\n    shop"):
        logs.one("shop.other")
    assert str(logs) in text
    assert repr(logs).startswith("<TaskLogs: [<shop.import_orders: SUCCESS, 2 of 3 steps>, <")


class InATestCase(TestCase):
    """As Django's users write it."""

    databases = "__all__"

    def setUp(self) -> None:
        self.logs: TaskLogs = self.enterContext(record_tasks())

    def test_the_first(self) -> None:
        import_orders.apply()
        assert len(self.logs) == 1

    def test_each_test_has_its_own(self) -> None:
        assert not self.logs

    async def test_coroutines_too(self) -> None:
        with TaskUpdater(task_name="in the loop"):
            notify("one")
        self.logs.one("in the loop").assert_message("one")
