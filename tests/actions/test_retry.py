"""A task that has finished is sent again, as it was called the first time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from progress_updater import states, task_context
from progress_updater.models import TaskLog
from progress_updater.recording.clean import cut_name
from progress_updater.writing.channels import flush
from project.celery import app
from tests.api.conftest import Reader, address_of
from tests.integrations.celery.records import finished
from tests.integrations.celery.tasks import add, failing
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

KEPT = {"celery_name": "shop.tasks.go", "arguments_kept": True, "args": [], "kwargs": {}}


def retry(reader: Client, task_uuid: str) -> Any:
    return reader.post(address_of(task_uuid, "retry"), content_type="application/json")


@pytest.mark.usefixtures("worker")
def test_a_failed_task_runs_again(reader: Reader) -> None:
    with task_context(owner="7", tags=["nightly", "b"], about="shop.order:4"):
        first = failing.apply_async(priority=3, time_limit=50, shadow="Divide by zero").id
    finished(first)

    answer = retry(reader, first)

    assert answer.status_code == 201
    item = answer.json()
    assert item["task_uuid"] != first
    assert item["retry_of"] == first
    again = finished(item["task_uuid"])
    before = TaskLog.objects.get(task_uuid=first)
    same = ("celery_name", "task_name", "args", "kwargs", "options", "queue", "owner", "about", "state")
    assert [getattr(again, name) for name in same] == [getattr(before, name) for name in same]
    assert (again.owner, again.about, again.state) == ("7", "shop.order:4", states.FAILURE)
    assert (again.retry_of, before.retry_of) == (first, None)
    assert item["tags"] == ["b", "nightly"]
    assert set(again.tags.values_list("tag", flat=True)) == {"nightly", "b"}


@pytest.mark.usefixtures("worker")
def test_arguments_come_back_as_the_objects_that_they_were(reader: Reader) -> None:
    first = add.delay(Decimal("1.50"), y=Decimal(2)).id
    finished(first)

    again = finished(retry(reader, first).json()["task_uuid"])

    assert (again.state, again.result) == (states.SUCCESS, TaskLog.objects.get(task_uuid=first).result)


def test_the_new_task_has_a_record_where_this_process_records_no_sending(
    reader: Reader, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "RECORD": "used"}
    log = a_log(**KEPT, state=states.FAILURE, started=False, owner="7", queue="q", tags=("a",))

    item = retry(reader, log.task_uuid).json()

    assert (item["state"], item["celery_name"], item["owner"]) == (states.PENDING, "shop.tasks.go", "7")
    assert (item["retry_of"], item["queue"], item["tags"]) == (log.task_uuid, "q", ["a"])


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"state": states.STARTED}, "not_finished"),
        ({"state": states.RETRY}, "not_finished"),
        ({"celery_name": None}, "not_a_celery_task"),
        ({"celery_name": cut_name("shop." * 60)}, "name_not_kept"),
        ({"options": {"serializer": "unknown"}}, "not_sendable"),
        ({"options": {"args": [1]}}, "not_sendable"),
        ({"arguments_kept": False}, "arguments_not_kept"),
        ({"arguments_kept": None}, "arguments_not_kept"),
    ],
)
def test_what_cannot_be_sent_as_it_was_is_refused(reader: Reader, columns: dict[str, Any], code: str) -> None:
    log = a_log(started=False, **{**KEPT, "state": states.FAILURE, **columns})

    answer = retry(reader, log.task_uuid)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"]
    assert TaskLog.objects.count() == 1


def test_a_broker_that_is_away_is_told_and_nothing_is_stored(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = a_log(started=False, state=states.FAILURE, **KEPT)
    nowhere = app.connection_for_write(
        url="amqp://127.0.0.1:1//",
        transport="amqp",
        transport_options={"max_retries": 1, "interval_start": 0},
    )
    with nowhere, app.amqp.Producer(nowhere) as producer:
        monkeypatch.setattr(current_app.amqp, "_producer_pool", _Only(producer))
        answer = retry(reader, log.task_uuid)

    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
    assert "nothing was sent" in answer.json()["detail"]
    flush()
    assert TaskLog.objects.count() == 1


class _Only:
    """A pool of one producer."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    def acquire(self, **_: Any) -> Any:
        return self._producer


class TestWhoMay:
    def log(self, **columns: Any) -> str:
        return a_log(started=False, state=states.STARTED, **{**KEPT, **columns}).task_uuid

    def test_what_one_may_not_see_is_not_there(self, a_reader: Callable[..., Reader]) -> None:
        others = retry(a_reader("retry_tasklog"), self.log(owner="999"))
        unknown = retry(a_reader("retry_tasklog", "view_tasklog"), "nothing")

        assert (others.status_code, unknown.status_code) == (404, 404)
        assert others.json() == unknown.json()

    def test_a_reader_without_the_permission_may_not(self, a_reader: Callable[..., Reader]) -> None:
        assert retry(a_reader("view_tasklog_details", "cancel_tasklog"), self.log()).status_code == 403

    def test_a_reader_with_the_permission_may(self, a_reader: Callable[..., Reader]) -> None:
        assert retry(a_reader("view_tasklog", "retry_tasklog"), self.log()).status_code == 409

    def test_an_owner_may_where_the_settings_say_so(
        self, a_reader: Callable[..., Reader], settings: Any
    ) -> None:
        owner = a_reader()
        log = self.log(owner=str(owner.user.pk))

        assert retry(owner, log).status_code == 403
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "OWNER_ACTIONS": ["retry"]}
        assert retry(owner, log).status_code == 409

    def test_nobody_may(self) -> None:
        assert retry(Client(), self.log()).status_code in {401, 403}

    def test_a_browser_needs_the_csrf_token(self, reader: Reader) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(reader.user)

        assert retry(browser, self.log()).status_code == 403

    def test_a_get_does_nothing(self, reader: Reader) -> None:
        assert reader.get(address_of(self.log(), "retry")).status_code == 405
