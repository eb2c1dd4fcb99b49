"""Cancelling by the API: who may, what is answered, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from progress_updater import states
from progress_updater.actions import cancel as actions
from progress_updater.models import TaskLog
from progress_updater.recording.clean import task_key
from tests.api.conftest import Reader, address_of
from tests.rows import BEGIN, ALog, a_log

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

CELERYS = {"celery_name": "shop.tasks.go"}


def cancel(reader: Client, log: ALog | str, body: Any = None) -> Any:
    task_uuid = log if isinstance(log, str) else log.task_uuid
    data = {} if body is None else {"data": body}
    return reader.post(address_of(task_uuid, "cancel"), content_type="application/json", **data)


def test_a_body_that_is_nested_too_deeply_is_refused(reader: Reader) -> None:
    answer = cancel(reader, a_log().task_uuid, "[" * 100_000)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("state", [states.PENDING, states.STARTED, states.RETRY])
def test_a_task_that_goes_on_is_asked_to_stop(reader: Reader, state: str) -> None:
    log = a_log(started=False, state=state, queued=BEGIN, **CELERYS)

    answer = cancel(reader, log)

    assert answer.status_code == 202
    item = answer.json()
    assert (item["state"], item["cancel_requested"], item["seq"]) == (state, True, 1)


def test_a_task_that_nobody_has_sent_yet_ends_at_once(reader: Reader) -> None:
    log = a_log(started=False, **CELERYS)

    item = cancel(reader, log).json()

    assert (item["state"], item["exception"], item["finished"]) == (states.REVOKED, "revoked", True)
    assert item["end"] is not None


def test_a_task_that_begins_meanwhile_is_not_declared_to_have_ended() -> None:
    log = a_log(started=False, **CELERYS)
    read_before = log.row
    TaskLog.objects.filter(pk=log.pk).update(state=states.STARTED)

    now = actions.cancel(read_before)

    assert (now.state, now.cancel_requested) == (states.STARTED, True)


def test_a_task_whose_id_is_not_kept_whole_is_refused(reader: Reader) -> None:
    log = a_log(started=False, task_uuid=task_key("x" * 256), **CELERYS)

    answer = cancel(reader, log)

    assert (answer.status_code, answer.json()["code"]) == (409, "id_not_kept")
    assert not log.row.cancel_requested


@pytest.mark.parametrize("state", sorted(states.TERMINAL))
def test_a_task_that_has_finished_is_not(reader: Reader, state: str) -> None:
    log = a_log(started=False, state=state, **CELERYS)

    answer = cancel(reader, log)

    assert (answer.status_code, answer.json()["code"]) == (409, "finished")
    assert not log.row.cancel_requested


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"terminate": "perhaps"}, "terminate"),
        ({"terminate": None}, "terminate"),
        ({"grace": -1}, "grace"),
        ({"grace": "nan"}, "grace"),
        ({"grace": 3601}, "grace"),
        ({"grace": 10**400}, "grace"),
        ({"grace": "5"}, "grace"),
        ({"grace": False}, "grace"),
        ({"terminate": 1}, "terminate"),
        ({"terminate": "true"}, "terminate"),
        ({"force": True}, "force"),
        ([], None),
        ("[", None),
    ],
)
def test_a_wrong_body_is_refused_and_nothing_is_done(reader: Reader, body: Any, param: str | None) -> None:
    log = a_log(started=False, **CELERYS)

    answer = cancel(reader, log, body)

    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert not log.row.cancel_requested


class TestWhoMay:
    def test_what_one_may_not_see_is_not_there(self, a_reader: Callable[..., Reader]) -> None:
        reader = a_reader("cancel_tasklog")

        assert cancel(reader, a_log(owner="999")).status_code == 404
        assert cancel(reader, "nothing").status_code == 404

    def test_a_reader_without_the_permission_may_not(self, a_reader: Callable[..., Reader]) -> None:
        log = a_log()

        assert cancel(a_reader("view_tasklog_details", "retry_tasklog"), log).status_code == 403
        assert not log.row.cancel_requested

    def test_a_reader_with_the_permission_may(self, a_reader: Callable[..., Reader]) -> None:
        assert cancel(a_reader("view_tasklog", "cancel_tasklog"), a_log()).status_code == 202

    def test_an_owner_may_unless_the_settings_say_no(
        self, a_reader: Callable[..., Reader], settings: Any
    ) -> None:
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))

        assert cancel(owner, log).status_code == 202
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "OWNER_ACTIONS": []}
        assert cancel(owner, log).status_code == 403

    def test_an_owner_may_not_terminate(self, a_reader: Callable[..., Reader]) -> None:
        owner = a_reader()
        log = a_log(owner=str(owner.user.pk))

        assert cancel(owner, log, {"terminate": True}).status_code == 403
        assert not log.row.cancel_requested

    def test_nobody_may(self) -> None:
        assert cancel(Client(), a_log()).status_code in {401, 403}
