"""What can be done to the tasks that are ticked in the list, and by whom."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from progress_updater import states
from progress_updater.admin.actions import MOST
from progress_updater.models import TaskLog
from tests.admin.conftest import LIST, a_reader
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

KEPT = {"celery_name": "shop.tasks.go", "arguments_kept": True, "args": [], "kwargs": {}}


def act(client: Client, action: str, *logs: Any) -> Any:
    ticked = [str(log.pk) for log in logs]
    return client.post(LIST, {"action": action, "_selected_action": ticked, "index": "0"})


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def offered(client: Client) -> set[str]:
    form = client.get(LIST).context["action_form"]
    return set() if form is None else {name for name, _ in form.fields["action"].choices if name}


@pytest.mark.parametrize(
    ("permissions", "actions"),
    [
        ((), set()),
        (("cancel_tasklog",), {"cancel_selected"}),
        (("retry_tasklog",), {"retry_selected"}),
        (("cancel_tasklog", "retry_tasklog"), {"cancel_selected", "retry_selected"}),
    ],
)
def test_each_action_is_offered_to_who_may(permissions: tuple[str, ...], actions: set[str]) -> None:
    a_log()

    assert offered(a_reader("view_tasklog", *permissions)) == actions


def test_tasks_are_cancelled_and_those_that_have_finished_left_alone() -> None:
    going, ended = a_log(), a_log(started=False, state=states.SUCCESS)

    response = act(a_reader("view_tasklog", "cancel_tasklog"), "cancel_selected", going, ended)

    assert (going.row.cancel_requested, ended.row.cancel_requested) == (True, False)
    assert said(response) == [
        "1 task was left alone. The task has finished; nothing is left to cancel.",
        "1 task was asked to stop.",
    ]


def test_tasks_are_sent_again() -> None:
    first = a_log(started=False, state=states.FAILURE, **KEPT)
    other = a_log(started=False, state=states.FAILURE, **KEPT)

    response = act(a_reader("view_tasklog", "retry_tasklog"), "retry_selected", first)

    assert said(response) == ["1 task was sent again."]
    assert list(TaskLog.objects.exclude(retry_of=None).values_list("retry_of", flat=True)) == [
        first.task_uuid
    ]
    assert other.row.seq == 0


def test_one_that_cannot_be_sent_does_not_keep_others_from_it() -> None:
    bad = a_log(started=False, state=states.FAILURE, **{**KEPT, "options": {"serializer": "unknown"}})
    good = a_log(started=False, state=states.FAILURE, **KEPT)

    response = act(a_reader("view_tasklog", "retry_tasklog"), "retry_selected", bad, good)

    left_alone, sent = said(response)
    assert left_alone.startswith("1 task was left alone. Celery does not")
    assert sent == "1 task was sent again."


def test_too_many_at_once_are_refused() -> None:
    logs = [a_log() for _ in range(MOST + 1)]

    response = act(a_reader("view_tasklog", "cancel_tasklog"), "cancel_selected", *logs)

    assert said(response) == ["Nothing was done: choose at most 200 tasks at once."]
    assert not TaskLog.objects.filter(cancel_requested=True).exists()


@pytest.mark.parametrize("action", ["cancel_selected", "retry_selected"])
def test_a_forged_request_without_the_permission_does_nothing(action: str) -> None:
    log = a_log(started=False, state=states.STARTED, **KEPT)

    act(a_reader("view_tasklog_details"), action, log)

    assert not log.row.cancel_requested
    assert TaskLog.objects.count() == 1
