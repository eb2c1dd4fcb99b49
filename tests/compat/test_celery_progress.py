"""What celery-progress answers, we answer."""

import json
from typing import Any

import pytest
from celery import states as celery_states
from celery.exceptions import TaskRevokedError
from celery_progress.backend import GroupProgress, KnownResult, Progress
from django.db import connections
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.throttling import BaseThrottle

from progress_updater import states
from progress_updater.api.tokens import HEADER
from progress_updater.api.views.base import ProgressView
from progress_updater.models import TaskLog, TaskTree
from progress_updater.settings import current
from progress_updater.tokens import token_for
from tests.rows import SECOND, ALog, a_failure, a_log, heard_of

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.compat.project_urls"),
]


def theirs(state: str, value: Any = None, traceback: str | None = None) -> dict[str, Any]:
    """Return what the installed package answers."""
    return Progress(KnownResult("an-id", value, state, traceback)).get_info()


def body_of(reader: Client, log: ALog | str, prefix: str = "celery_progress") -> str:
    task_id = log if isinstance(log, str) else log.task_uuid
    answer = reader.get(reverse(f"{prefix}:task_status", args=[task_id]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    return answer.content.decode()


def ours(reader: Client, log: ALog | str) -> dict[str, Any]:
    return json.loads(body_of(reader, log))


def group_of(reader: Client, group: str) -> dict[str, Any]:
    answer = reader.get(reverse("celery_progress:group_status", args=[group]))
    assert answer.status_code == 200
    return answer.json()


def counting(current: float, total: float | None, message: str | None = None, **columns: Any) -> ALog:
    """Make a running task that counts, as with the recorder of celery-progress."""
    percent = None if not total else round(100 * current / total, 2)
    log = a_log()
    columns = {"custom_state": "PROGRESS", "percent": percent, **columns}
    log.set(current=current, total=total, message=message, **columns)
    return log


def retrying(text: str = "boom", seconds: float | None = 10) -> ALog:
    log = a_log()
    log.end_attempt(states.RETRY, a_failure(None, text, "ValueError"))
    eta = None if seconds is None else log.at + seconds * SECOND
    log.set(state=states.RETRY, eta=eta)
    return log


# ---------------------------------------------------------------- the same, byte for byte


def test_a_task_that_waits(reader):
    assert body_of(reader, a_log(started=False)) == json.dumps(theirs(celery_states.PENDING))


def test_a_task_that_nobody_knows(reader):
    assert body_of(reader, "unknown") == json.dumps(theirs(celery_states.PENDING))


def test_a_task_that_has_begun(reader):
    assert body_of(reader, a_log()) == json.dumps(theirs(celery_states.STARTED))


@pytest.mark.parametrize(
    ("current", "total", "percent"),
    [
        (1, 3, 33.33), (2, 3, 66.67), (3, 3, 100.0), (0, 3, 0.0), (7, 0, 0), (1.5, 3, 50.0),
        (1, 20_000, 0.0), (299_999, 300_000, 100.0), (4, 3, 133.33),
    ],
)  # fmt: skip
def test_a_task_that_counts(reader, current, total, percent):
    meta = {
        "pending": False,
        "current": current,
        "total": total,
        "percent": percent,
        "description": "Reading",
    }
    log = counting(current, total or None, "Reading")
    assert body_of(reader, log) == json.dumps(theirs("PROGRESS", meta))


@pytest.mark.parametrize("result", [45, "done", None, {"a": [1, None, "é"]}, [], False])
def test_a_task_that_succeeded(reader, result):
    log = a_log().finish(result=result, result_kept=True)
    assert body_of(reader, log) == json.dumps(theirs(celery_states.SUCCESS, result))


@pytest.mark.parametrize("text", ["division by zero", "", "Ärger " * 50])
def test_a_task_that_failed(reader, text):
    log = a_log().finish(states.FAILURE, a_failure(None, text))
    assert body_of(reader, log) == json.dumps(theirs(celery_states.FAILURE, ZeroDivisionError(text)))


@pytest.mark.parametrize(
    "text", ["boom", "", "A reason of more than fifty characters, as it is usual for them."]
)
def test_a_task_that_is_tried_again(reader, text):
    expected = theirs(celery_states.RETRY, ValueError(text), "celery.exceptions.Retry: Retry in 10s: boom")
    assert body_of(reader, retrying(text)) == json.dumps(expected)


def test_a_retry_of_which_nobody_knows_when(reader):
    expected = theirs(celery_states.RETRY, ValueError("boom"), "celery.exceptions.Retry: Retry at some time")
    assert body_of(reader, retrying(seconds=None)) == json.dumps(expected)
    assert body_of(reader, retrying(seconds=-60)) == json.dumps(expected)


def test_a_task_that_waits_for_its_replacement_goes_on(reader):
    log = a_log()
    log.end_attempt(states.IGNORED)
    log.set(state=states.RETRY)
    assert body_of(reader, log) == json.dumps(theirs(celery_states.STARTED))


@pytest.mark.parametrize("late", [0.0, 0.7])
def test_an_attempt_that_ends_after_it_has_said_when_it_comes_again_says_the_same(reader, late):
    assert ours(reader, retrying(seconds=10 - late))["result"]["next_retry_seconds"] == 10


@pytest.mark.parametrize(
    ("reason", "stored"),
    [("revoked", "revoked"), ("expired", "expired"), ("terminated", "terminated (15)"), ("revoked", None)],
)
def test_a_task_that_was_revoked(reader, reason, stored):
    log = a_log().finish(states.REVOKED, exception=stored, exception_type="TaskRevokedError")
    assert body_of(reader, log) == json.dumps(theirs(celery_states.REVOKED, TaskRevokedError(reason)))


@pytest.mark.parametrize("reason", ["", "nothing to do"])
def test_a_task_that_was_ignored(reader, reason):
    log = a_log().finish(states.IGNORED, exception=reason or None)
    assert body_of(reader, log) == json.dumps(theirs(celery_states.IGNORED, reason))


# ---------------------------------------------------------------- states of our own


def test_a_lost_task_has_failed(reader):
    failure = a_failure(None, "The worker process 7 on host a died.", "WorkerLostError")
    log = a_log().finish(states.LOST, failure)
    expected = theirs(celery_states.FAILURE, RuntimeError("The worker process 7 on host a died."))
    assert ours(reader, log) == expected


@pytest.mark.parametrize("state", [states.STARTED, states.PAUSED])
def test_no_state_is_unknown_to_the_client(reader, state):
    log = a_log()
    log.set(state=state, custom_state="GOING_TO_SLEEP")
    assert ours(reader, log) == theirs(celery_states.STARTED)
    log.set(current=3, total=12, percent=25)
    assert (ours(reader, log)["state"], ours(reader, log)["complete"]) == ("PROGRESS", False)


def test_a_task_whose_process_is_silent_is_told_to_the_reaper(reader, monkeypatch):
    from progress_updater.snapshot import liveness

    reaped: list[str] = []
    monkeypatch.setattr(liveness, "reap", lambda task_uuid, run: reaped.append(task_uuid))
    log = a_log()
    heard_of(log, 10 * current().LOST_AFTER)
    assert ours(reader, log)["complete"] is False
    assert reaped == [log.task_uuid]


# ---------------------------------------------------------------- steps


def progress_of(reader: Client, log: ALog) -> dict[str, Any]:
    return ours(reader, log)["progress"]


def test_the_first_step_is_shown_as_soon_as_it_begins(reader):
    log = a_log()
    log.open("Read file")
    log.set(current=0, unit="steps")
    assert progress_of(reader, log) == {
        "pending": False, "current": 1, "total": 2, "percent": 0, "description": "Read file",
    }  # fmt: skip


def test_steps_that_were_announced_have_a_total(reader):
    log = a_log()
    first, second = log.plan("Read"), log.plan("Save")
    log.begin(first)
    log.set(current=0, total=2, percent=0, unit="steps")
    assert progress_of(reader, log) == {
        "pending": False, "current": 1, "total": 2, "percent": 0.0, "description": "Read",
    }  # fmt: skip
    log.close(first)
    log.begin(second)
    log.set(current=1, percent=50)
    assert progress_of(reader, log) == {
        "pending": False, "current": 1, "total": 2, "percent": 50.0, "description": "Save",
    }  # fmt: skip


def test_steps_that_were_announced_and_have_not_begun_are_not_done(reader):
    log = a_log()
    log.plan("Read")
    log.set(current=0, total=1, percent=0, unit="steps")
    assert progress_of(reader, log)["current"] == 0


def test_what_is_said_in_a_step_describes_it_until_the_next_one_begins(reader):
    log = a_log()
    first = log.open("Read file")
    log.set(current=0, unit="steps")
    log.say("1000 rows found", first)
    assert progress_of(reader, log)["description"] == "1000 rows found"
    log.say("a secret", first, public=False)
    log.gap(3, first)
    log.set(message="1000 rows found")
    assert progress_of(reader, log)["description"] == "1000 rows found"
    log.close(first)
    assert progress_of(reader, log)["description"] == "1000 rows found"
    second = log.open("Save rows")
    log.open("Check", second)
    assert progress_of(reader, log)["description"] == "Check"


def test_steps_of_an_older_attempt_describe_nothing(reader):
    log = a_log()
    log.open("Read file")
    log.end_attempt(states.FAILURE)
    log.attempt()
    log.set(current=0, unit="steps")
    assert progress_of(reader, log)["description"] == ""


def test_a_count_far_beyond_its_total_is_no_error_of_the_server(reader):
    assert ours(reader, counting(1e300, 1, percent=100.0))["progress"]["percent"] == 1e15


def test_the_percentage_does_not_fall_when_the_total_grows(reader):
    log = counting(50, 100)
    log.set(current=60, total=200)
    assert progress_of(reader, log)["percent"] == 50


# ---------------------------------------------------------------- groups


def members(*logs: ALog, **columns: Any) -> str:
    TaskLog.objects.filter(pk__in=[log.pk for log in logs]).update(group="the-group", **columns)
    return "the-group"


class Known:
    """A group of which the results are known, for the installed package."""

    def __init__(self, *children: KnownResult) -> None:
        self.children = children


def test_a_group_is_answered_as_theirs(reader):
    group = members(a_log().finish(), a_log(started=False), a_log(started=False))
    done, waiting = KnownResult("a", 1, celery_states.SUCCESS), KnownResult("b", None, celery_states.PENDING)
    expected = GroupProgress(Known(done, waiting, waiting)).get_info()
    answer = reader.get(reverse("celery_progress:group_status", args=[group]))
    assert answer.content.decode() == json.dumps(expected)

    group = members(*(ALog(row).finish() for row in TaskLog.objects.exclude(state=states.SUCCESS)))
    expected = GroupProgress(Known(done, done, done)).get_info()
    assert reader.get(answer.wsgi_request.path).content.decode() == json.dumps(expected)


def test_each_member_has_the_same_weight(reader):
    first, second = counting(9_000, 10_000), a_log(started=False)
    group = members(first, second)
    assert group_of(reader, group)["progress"] == {"total": 200, "current": 90, "percent": 45.0}
    first.finish()
    assert group_of(reader, group)["progress"] == {"total": 200, "current": 100, "percent": 50.0}


def test_a_member_that_is_tried_again_is_not_complete(reader):
    group = members(retrying(), a_log().finish())
    answer = group_of(reader, group)
    assert (answer["complete"], answer["success"], answer["progress"]["current"]) == (False, False, 100)


def test_the_percentage_of_a_group_does_not_fall_when_a_member_begins_again(reader):
    first, second = counting(60, 100), a_log().finish()
    group = members(first, second, tree="the-group")
    TaskTree.objects.create(key="the-group", tasks=2, done=1, percent=80, updated=first.at)
    assert group_of(reader, group)["progress"]["percent"] == 80.0
    first.set(percent=None, current=None, total=None)
    assert group_of(reader, group)["progress"]["percent"] == 80.0


def test_the_percentage_of_a_larger_tree_is_not_that_of_its_group(reader):
    first, second = counting(60, 100), a_log().finish()
    group = members(first, second, tree="the-root")
    TaskTree.objects.create(key="the-root", tasks=3, done=3, percent=100, updated=first.at)
    assert group_of(reader, group)["progress"]["percent"] == 80.0


@pytest.mark.parametrize("state", [states.FAILURE, states.LOST, states.REVOKED, states.IGNORED])
def test_a_group_with_a_member_that_did_not_succeed_is_no_success(reader, state):
    group = members(a_log().finish(), a_log().finish(state))
    assert group_of(reader, group) == {
        "complete": True, "success": False, "progress": {"total": 200, "current": 200, "percent": 100.0},
    }  # fmt: skip


def test_a_group_that_nobody_knows_has_not_begun(reader):
    assert group_of(reader, "unknown") == {
        "complete": False, "success": False, "progress": {"total": 100, "current": 0, "percent": 0.0},
    }  # fmt: skip


def test_a_large_group_is_counted_by_the_database(reader):
    group = members(*(counting(number, 100) for number in range(50)))
    with CaptureQueriesContext(connections[current().DATABASE]) as queries:
        group_of(reader, group)
    statements = [query["sql"] for query in queries if "progress_updater_tasklog" in query["sql"]]
    assert len(statements) == 1


# ---------------------------------------------------------------- who reads


def test_who_may_not_see_a_task_is_told_what_is_told_of_an_unknown_one(a_reader):
    log = a_log(owner="somebody").finish(result=45, result_kept=True)
    members(log)
    for stranger in (a_reader(), Client()):
        assert body_of(stranger, log) == body_of(stranger, "unknown")
        assert group_of(stranger, "the-group") == group_of(stranger, "unknown")


def test_a_token_shows_its_task_as_the_owner_sees_it_and_no_group(a_reader):
    owner = a_reader()
    log = a_log(owner=str(owner.user.pk), group="the-group").finish(result=45, result_kept=True)
    token, visitor = token_for(log.task_uuid), Client()

    def asked(name: str, key: str, token: str) -> Any:
        return visitor.get(reverse(f"celery_progress:{name}", args=[key]), {"token": token})

    seen = asked("task_status", log.task_uuid, token)
    assert seen.content.decode() == body_of(owner, log) == body_of(Client(headers={HEADER: token}), log)
    for bad in (f"{token}x", "", token_for("another")):
        assert asked("task_status", log.task_uuid, bad).json() == theirs(celery_states.PENDING)
    assert asked("group_status", "the-group", token).json() == group_of(visitor, "unknown")


def test_the_result_is_for_readers_of_details(a_reader):
    owner = a_reader()
    log = a_log(owner=str(owner.user.pk)).finish(result={"total": 45}, result_kept=True)
    assert ours(owner, log) == theirs(celery_states.SUCCESS, None)
    assert ours(a_reader("view_tasklog"), log)["result"] is None
    assert ours(a_reader("view_tasklog_details"), log)["result"] == {"total": 45}


def test_a_project_can_show_owners_their_results(a_reader):
    owner = a_reader()
    log = a_log(owner=str(owner.user.pk)).finish(result={"total": 45}, result_kept=True)
    assert json.loads(body_of(owner, log, "generous"))["result"] == {"total": 45}
    assert json.loads(body_of(a_reader(), log, "generous")) == theirs(celery_states.PENDING)


def test_a_result_that_was_masked_or_cut_is_not_told(reader):
    assert ours(reader, a_log().finish(result={"cut": "…"}, result_kept=False))["result"] is None


def test_the_text_of_an_exception_is_for_whom_the_setting_says(a_reader, settings):
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
    owner = a_reader()
    failed = a_log(owner=str(owner.user.pk)).finish(states.FAILURE, a_failure(None))
    assert ours(owner, failed)["result"] == "ZeroDivisionError"
    again = retrying()
    again.set(owner=str(owner.user.pk))
    assert ours(owner, again)["result"]["message"] == "ValueError..."


# ---------------------------------------------------------------- addresses


def test_templates_find_the_addresses_under_their_names():
    text = "{% url 'celery_progress:task_status' 'a-1' %} {% url 'celery_progress:group_status' 'b-2' %}"
    assert Template(text).render(Context()) == "/celery-progress/a-1/ /celery-progress/g/b-2/"


def test_a_client_may_send_what_it_likes_along(reader):
    log = a_log()
    address = reverse("celery_progress:task_status", args=[log.task_uuid])
    answer = reader.get(f"{address}?_=123&page_size=many", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()) == (200, theirs(celery_states.STARTED))


def test_no_cache_keeps_an_answer(reader):
    answer = reader.get(reverse("celery_progress:task_status", args=["any"]))
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_throttle_of_the_project_does_not_stop_a_client(reader, monkeypatch):
    class Never(BaseThrottle):
        def allow_request(self, *_: Any) -> bool:
            return False

    monkeypatch.setattr(ProgressView, "throttle_classes", [Never])
    assert ours(reader, a_log())["state"] == "STARTED"
