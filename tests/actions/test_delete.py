"""Deleting a record by the API: who may, what is left, what is refused."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client

from progress_updater import states
from progress_updater.actions.delete import delete
from progress_updater.actions.refusals import Refused
from progress_updater.api.tokens import HEADER
from progress_updater.models import TaskLog, TaskTree
from progress_updater.tokens import token_for
from tests.api.conftest import Reader, address_of
from tests.databases import database, migrated, pytest_generate_tests  # noqa: F401 (fixtures)
from tests.rows import BEGIN, ALog, a_log
from tests.upkeep.logs import an_ended_log, left, rows, small_batches

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def asked(reader: Client, log: ALog | str) -> Any:
    return reader.delete(address_of(log if isinstance(log, str) else log.task_uuid))


class TestWhatIsLeft:
    def test_nothing_of_the_record_and_all_of_the_others(self, reader: Reader) -> None:
        log, other = an_ended_log(1), an_ended_log(1)

        answer = asked(reader, log)

        assert (answer.status_code, answer.content) == (204, b"")
        assert left() == {other.task_uuid}
        assert rows() == [1] * 5
        assert asked(reader, log).status_code == 404

    def test_nor_of_its_tree_where_it_was_the_last_task_of_it(self, reader: Reader) -> None:
        TaskTree.objects.create(key="t", tasks=2, done=2, failed=0, percent=100.0, updated=BEGIN)
        first, second = an_ended_log(1, tree="t"), an_ended_log(1, tree="t")

        assert asked(reader, first).status_code == 204
        assert TaskTree.objects.count() == 1
        assert asked(reader, second).status_code == 204
        assert TaskTree.objects.count() == 0

    @pytest.mark.parametrize("state", sorted(states.TERMINAL))
    def test_however_the_task_has_ended(self, reader: Reader, state: str) -> None:
        assert asked(reader, an_ended_log(1, state)).status_code == 204

    def test_a_record_with_more_rows_than_a_transaction_deletes_goes_too(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = a_log()
        log.say_many(25)
        log.finish()
        with small_batches(monkeypatch, rows=10):
            assert asked(reader, log).status_code == 204
        assert rows() == [0] * 5

    def test_on_every_database(self, database: str) -> None:  # noqa: F811
        log, other = an_ended_log(1), an_ended_log(1)
        delete(log.row)
        assert left() == {other.task_uuid}
        assert rows() == [1] * 5


class TestWhatIsRefused:
    @pytest.mark.parametrize("state", [states.PENDING, states.STARTED, states.RETRY, states.PAUSED])
    def test_a_task_that_has_not_finished(self, reader: Reader, state: str) -> None:
        log = a_log(started=False, state=state)

        answer = asked(reader, log)

        assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")
        assert "cancel it first" in answer.json()["detail"]
        assert left() == {log.task_uuid}

    def test_a_record_that_somebody_is_changing_where_the_database_can_tell(self, database: str) -> None:  # noqa: F811
        if not connections[database].features.has_select_for_update_skip_locked:
            pytest.skip("this database makes everybody wait")
        log = an_ended_log(1)
        held, go_on = Event(), Event()

        def change() -> None:
            with transaction.atomic(using=database):
                TaskLog.objects.select_for_update().get(pk=log.pk)
                held.set()
                go_on.wait(30)
            connections[database].close()

        thread = Thread(target=change)
        thread.start()
        try:
            assert held.wait(30)
            with pytest.raises(Refused) as refused:
                delete(log.row)
        finally:
            go_on.set()
            thread.join()
        assert refused.value.code == "being_changed"
        delete(log.row)
        assert left() == set()

    def test_parameters_and_other_methods(self, reader: Reader) -> None:
        log = an_ended_log(1)

        assert reader.delete(f"{address_of(log.task_uuid)}?after=1").status_code == 400
        answer = reader.put(address_of(log.task_uuid))
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, DELETE")
        assert left() == {log.task_uuid}


class TestWhoMay:
    def test_what_one_may_not_see_is_not_there(self, a_reader: Callable[..., Reader]) -> None:
        reader = a_reader("delete_tasklog")

        assert asked(reader, an_ended_log(1, owner="999")).status_code == 404
        assert asked(reader, "nothing").status_code == 404

    def test_a_reader_without_the_permission_may_not(self, a_reader: Callable[..., Reader]) -> None:
        log = an_ended_log(1)

        assert asked(a_reader("view_tasklog_details", "cancel_tasklog"), log).status_code == 403
        assert left() == {log.task_uuid}

    def test_a_reader_with_the_permission_may(self, a_reader: Callable[..., Reader]) -> None:
        assert asked(a_reader("view_tasklog", "delete_tasklog"), an_ended_log(1)).status_code == 204

    def test_an_owner_may_where_the_settings_say_so(
        self, a_reader: Callable[..., Reader], settings: Any
    ) -> None:
        owner = a_reader()
        log = an_ended_log(1, owner=str(owner.user.pk))

        assert asked(owner, log).status_code == 403
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "OWNER_ACTIONS": ["delete"]}
        assert asked(owner, log).status_code == 204

    def test_nobody_may_not_even_with_a_token(self) -> None:
        log = an_ended_log(1)
        address, token = address_of(log.task_uuid), token_for(log.task_uuid)

        assert Client().delete(address).status_code == 401
        assert Client().delete(address, headers={HEADER: token}).status_code == 401
        assert Client().delete(f"{address}?token={token}").status_code == 401
        assert left() == {log.task_uuid}

    def test_a_page_of_another_site_may_not(self, a_reader: Callable[..., Reader]) -> None:
        reader, log = a_reader(is_superuser=True), an_ended_log(1)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(reader.user)

        assert asked(strict, log).status_code == 403
        assert left() == {log.task_uuid}
