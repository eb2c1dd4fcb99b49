"""Records that are stored in the tables: when, on which connection, and for how long."""

import asyncio
from threading import Event, Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import Client, SimpleTestCase, TestCase, TransactionTestCase

from progress_updater import TaskUpdater, notify, step
from progress_updater.models import TaskLog
from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.testing import TaskLogs, record_tasks, ways
from tests.testing.programs import import_orders


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)


def _in_thread(function: Any) -> None:
    thread = Thread(target=function)
    thread.start()
    thread.join()


class Storing(TestCase):
    """Inside the transaction of a test."""

    databases = "__all__"

    def setUp(self) -> None:
        assert not TaskLog.objects.exists(), "a test before has left a row"
        self.logs: TaskLogs = self.enterContext(record_tasks(store=True))

    def test_the_api_answers_what_the_log_says(self) -> None:
        import_orders.apply(task_id="t")
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("root"))
        answer = client.get("/api/tasklogs/t/").json()
        log = self.logs.one(import_orders)
        assert (answer["state"], answer["log"]) == (log.state, log.text) == ("SUCCESS", log.text)
        assert TaskLog.objects.get().task_uuid == "t"

    def test_a_running_task_is_there_from_its_start(self) -> None:
        with TaskUpdater(task_name="running"):
            assert TaskLog.objects.get().state == "STARTED"

    def test_only_tasks_of_the_block_are_its_logs(self) -> None:
        with record_tasks(store=True) as inner:
            TaskUpdater(task_name="inner").finish()
        assert not self.logs
        assert inner.one().name == TaskLog.objects.get().task_name == "inner"

    def test_what_is_rolled_back_is_gone(self) -> None:
        alias = current().DATABASE
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias):
            import_orders.apply()
            assert len(self.logs) == 1
            raise ZeroDivisionError
        assert not self.logs

    def test_a_thread_waits_for_the_test_to_read(self) -> None:
        connection = connections[current().DATABASE]
        used: list[bool] = []

        def work() -> None:
            import_orders.apply()
            used.append(connections[current().DATABASE].connection is not None)

        _in_thread(work)
        assert used == [False]
        assert not TaskLog.objects.exists()
        assert self.logs.one().state == "SUCCESS"
        assert TaskLog.objects.get().state == "SUCCESS"
        assert connection.in_atomic_block

    def test_a_thread_with_a_connection_of_its_own_stores_nothing_that_would_stay(self) -> None:
        def work() -> None:
            connection = connections[current().DATABASE]
            connection.ensure_connection()
            import_orders.apply()
            connection.close()

        _in_thread(work)
        assert not TaskLog.objects.exists()
        assert self.logs.one().state == "SUCCESS"

    def test_a_coroutine_waits_for_the_test_to_read(self) -> None:
        async def work() -> str:
            with TaskUpdater(task_name="loop"), step("Wait"):
                await asyncio.sleep(0)
                notify("one")
            return await sync_to_async(lambda: self.logs.one("loop").texts[0])()

        assert async_to_sync(work)() == "one"


class StoringForGood(TransactionTestCase):
    """Without a transaction around the test."""

    databases = "__all__"

    def test_a_thread_stores_on_the_connection_that_it_uses(self) -> None:
        found: list[Any] = []

        def work() -> None:
            connection = connections[current().DATABASE]
            try:
                connection.ensure_connection()
                import_orders.apply()
                found.append(TaskLog.objects.get().state)
            finally:
                connection.close()

        with record_tasks(store=True) as logs:
            _in_thread(work)
            assert (found, logs.one().state) == (["SUCCESS"], "SUCCESS")

    def test_what_comes_after_the_block_is_not_stored(self) -> None:
        with record_tasks(store=True) as logs:
            updater = TaskUpdater(task_name="late")
            updater.notify("in time")
        updater.notify("too late")
        updater.finish()
        assert (logs.one().state, logs.one().texts) == ("STARTED", ["in time"])


@pytest.mark.django_db(databases="__all__")
def test_a_record_that_the_test_deletes_is_no_log_any_more() -> None:
    with record_tasks(store=True) as logs:
        TaskUpdater(task_name="deleted").finish()
        TaskUpdater(task_name="kept").finish()
        TaskLog.objects.get(task_name="deleted").delete()
        assert logs.one().name == "kept"


def test_a_thread_that_stores_for_too_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "DEADLINE", 0.01)
    way, holds, goes_on = ways.MemoryWay(), Event(), Event()

    def hold() -> None:
        with way._turn:
            holds.set()
            goes_on.wait(60)

    thread = Thread(target=hold)
    thread.start()
    assert holds.wait(60)
    assert not way.flush(0)
    goes_on.set()
    thread.join()
    assert way.flush(0)


class Forbidden(SimpleTestCase):
    def test_a_test_that_may_not_use_the_database_is_told_so_at_once(self) -> None:
        with pytest.raises(AssertionError, match="not allowed"), record_tasks(store=True):
            pytest.fail("the block was entered")


@pytest.mark.django_db(databases="__all__")
def test_the_fixture_stores_in_the_transaction_of_the_test(task_logs_in_database: TaskLogs) -> None:
    import_orders.apply()
    assert task_logs_in_database.one().state == TaskLog.objects.get().state == "SUCCESS"


def test_the_fixture_keeps_in_memory(task_logs: TaskLogs) -> None:
    import_orders.apply()
    task_logs.one(import_orders).assert_message("row 3", step="Save")
