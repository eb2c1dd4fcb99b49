"""The whole record of a task."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from progress_updater import snapshot, states
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.settings import current
from tests.rows import BEGIN, FOUNDING_TEXT, SAID, a_failure, a_log, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")

DETAILS, OWNER, VIEWER = Audience.DETAILS, Audience.OWNER, Audience.VIEWER


def detail(log, audience=DETAILS, **options):
    return snapshot.detail(log.row, audience, **options)


def test_the_keys_stand_in_the_order_of_the_contract():
    assert list(detail(a_log())) == [
        "task_name", "task_uuid", "start", "end", "log", "exception", "finished", "status",
        "state", "custom_state", "celery_name", "seq", "now", "updated", "queued", "runtime", "alive",
        "stalled", "cancel_requested", "failure", "progress", "attempt", "attempts", "steps", "messages",
        "truncated", "gaps", "root", "parent", "group", "queue", "tags", "about", "owner",
        "eta", "expires", "retry_of", "args", "kwargs", "options", "arguments_kept", "result", "result_kept",
        "tree", "previous", "position", "whole",
    ]  # fmt: skip


def test_the_founding_example_is_shown_byte_for_byte():
    log = the_founding_log()
    picture = detail(log)

    assert picture["log"] == FOUNDING_TEXT
    assert picture["exception"] == "division by zero"
    assert (picture["finished"], picture["status"], picture["state"]) == (True, 0, "FAILURE")
    assert [step["path"] for step in picture["steps"]] == ["1", "2", "2.1", "2.2", "2.3"]
    assert [step["parent"] for step in picture["steps"]] == [None, None, 2, 2, 2]
    assert picture["start"] == "2019-08-08T14:54:11.788631Z"
    assert picture["end"] == "2019-08-08T14:54:25.788631Z"
    assert picture["runtime"] == 14.0
    assert picture["seq"] == log.row.seq


def test_a_step_is_shown_with_every_key():
    log = the_founding_log()

    assert detail(log)["steps"][3] == {
        "id": 4, "parent": 2, "path": "2.2", "attempt": 1, "name": "My subtask 2 in my task 2",
        "state": "FAILURE", "start": "2019-08-08T14:54:19.788631Z", "end": "2019-08-08T14:54:20.788631Z",
        "runtime": 1.0, "progress": None, "failure": a_failure(4), "seq": 10,
    }  # fmt: skip


def test_a_message_is_shown_with_every_key():
    log = a_log()
    log.say("Hello", level="warning", replace="upload", data={"file": [1, None]})

    assert detail(log)["messages"] == [
        {
            "seq": 2, "attempt": 1, "step": None, "at": "2019-08-08T14:54:12.788631Z", "level": "warning",
            "text": "Hello", "data": {"file": [1, None]}, "replace": "upload", "source": "notify",
        }
    ]  # fmt: skip


def test_a_gap_is_shown_among_the_messages_and_for_itself():
    log = a_log()
    step = log.open("First")
    log.gap(12, step)
    picture = detail(log, OWNER)

    assert picture["gaps"] == [
        {
            "seq": 3, "attempt": 1, "step": 1, "at": picture["messages"][0]["at"], "count": 12,
            "text": "12 lines are missing here",
        }
    ]  # fmt: skip
    assert picture["messages"][0]["source"] == "gap"
    assert "12 lines are missing here" in picture["log"]


def test_a_task_that_was_only_sent_has_no_attempt_and_no_start():
    picture = detail(a_log(started=False, queued=BEGIN, queue="fast", root="r", parent="p", group="g"))

    assert picture["queued"] == "2019-08-08T14:54:10.788631Z"
    assert (picture["state"], picture["status"], picture["finished"]) == ("PENDING", 2, False)
    for key in ("start", "end", "runtime", "attempt", "failure", "exception", "truncated"):
        assert picture[key] is None
    assert (picture["attempts"], picture["steps"], picture["messages"], picture["log"]) == ([], [], [], "")
    assert [picture[key] for key in ("root", "parent", "group", "queue")] == ["r", "p", "g", "fast"]


def test_a_task_that_was_revoked_before_it_began_says_so_in_its_text():
    log = a_log(started=False).finish(states.REVOKED)

    assert detail(log)["log"] == "\tTask Finished - 0 out of 0 jobs finished\n"


def test_tags_stand_in_the_order_of_the_alphabet():
    assert detail(a_log(tags=("b", "a")))["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    ("state", "status", "finished"),
    [
        ("PENDING", 2, False), ("STARTED", 2, False), ("RETRY", 2, False), ("PAUSED", 2, False),
        ("SUCCESS", 1, True), ("IGNORED", 1, True),
        ("FAILURE", 0, True), ("REVOKED", 0, True), ("LOST", 0, True),
    ],
)  # fmt: skip
def test_the_state_decides_status_and_finished(state, status, finished):
    log = a_log()
    log.set(state=state)
    picture = detail(log)

    assert (picture["state"], picture["status"], picture["finished"]) == (state, status, finished)


def test_a_custom_state_is_shown_while_the_task_runs():
    log = a_log(custom_state="GOING_TO_SLEEP")
    assert detail(log)["custom_state"] == "GOING_TO_SLEEP"

    log.set(state=states.RETRY)
    assert detail(log)["custom_state"] is None


def test_the_runtime_goes_on_until_the_task_ends():
    log = a_log(created=timezone.now() - timedelta(seconds=60))
    step = log.open("First")
    picture = detail(log)

    assert 58 < picture["runtime"] < 600
    assert 57 < picture["steps"][0]["runtime"] < 600
    log.close(step)
    log.finish()
    assert detail(log)["runtime"] == 3.0


def test_a_step_that_was_left_open_counts_up_to_the_end_of_its_attempt():
    log = a_log()
    log.open("First")
    log.finish(states.LOST)

    assert detail(log)["steps"][0]["runtime"] == 1.0


def test_a_duration_is_never_negative():
    log = a_log()
    log.finish()
    TaskLog.objects.update(start=BEGIN + timedelta(days=1))

    assert detail(log)["runtime"] == 0.0


def test_a_whole_second_is_written_with_six_decimals_too():
    log = a_log(created=BEGIN.replace(microsecond=0))
    log.say("Hello")
    picture = detail(log)

    assert picture["start"] == "2019-08-08T14:54:11.000000Z"
    assert picture["attempts"][0]["start"] == "2019-08-08T14:54:11.000000Z"
    assert picture["messages"][0]["at"] == "2019-08-08T14:54:12.000000Z"


def test_now_is_the_time_of_the_answer():
    before = timezone.now()
    now = datetime.fromisoformat(detail(a_log())["now"])

    assert before <= now <= timezone.now()


class TestProgress:
    def test_a_count_is_shown_with_rate_and_remaining_time(self):
        log = a_log()
        log.set(
            current=5.0, total=20.0, unit="rows", percent=25.0, rate=2.5, updated=timezone.now(),
            message="Fifth", steps_failed=1,
        )  # fmt: skip
        progress = detail(log)["progress"]

        assert progress == {
            "current": 5, "total": 20, "unit": "rows", "percent": 25, "failed": 1, "message": "Fifth",
            "rate": 2.5, "remaining": 6.0,
        }  # fmt: skip
        assert list(progress) == [
            "current", "total", "unit", "percent", "failed", "message", "rate", "remaining"
        ]  # fmt: skip
        assert all(type(progress[key]) is int for key in ("current", "total", "percent"))

    def test_a_fraction_stays_a_fraction(self):
        log = a_log(current=0.5, percent=33.33)

        assert detail(log)["progress"]["current"] == 0.5
        assert detail(log)["progress"]["percent"] == 33.33

    def test_a_task_that_counts_nothing_has_nulls(self):
        progress = detail(a_log())["progress"]

        assert progress["failed"] == 0
        assert set(progress.values()) == {None, 0}

    def test_an_old_rate_is_forgotten(self):
        log = a_log()
        log.set(current=5.0, total=20.0, rate=2.5, updated=timezone.now() - timedelta(seconds=31))

        assert detail(log)["progress"]["rate"] is None
        assert detail(log)["progress"]["remaining"] is None

    def test_a_finished_task_has_no_rate(self):
        log = a_log(rate=2.5, current=5.0, total=20.0)
        log.finish(updated=timezone.now())

        assert detail(log)["progress"]["rate"] is None
        assert detail(log)["progress"]["remaining"] is None

    @pytest.mark.parametrize(
        ("rate", "total", "remaining"),
        [(0.0, 20.0, None), (None, 20.0, None), (2.0, None, None), (2.0, 4.0, 0), (0.5, 1.7e308, None)],
    )
    def test_the_remaining_time_is_null_where_unknown_and_never_negative(self, rate, total, remaining):
        log = a_log()
        log.set(current=5.0, total=total, rate=rate, updated=timezone.now())

        assert detail(log)["progress"]["remaining"] == remaining

    def test_a_step_has_a_count_of_its_own(self):
        log = a_log(created=timezone.now())
        step = log.open("Save rows")
        log.count(step, 3.0, total=9.0, unit="rows", percent=33.3, rate=0.5)

        assert detail(log)["steps"][0]["progress"] == {
            "current": 3, "total": 9, "unit": "rows", "percent": 33.3, "rate": 0.5, "remaining": 12.0,
        }  # fmt: skip
        log.close(step)
        assert detail(log)["steps"][0]["progress"]["rate"] is None
        assert detail(log)["steps"][0]["progress"]["remaining"] is None


class TestAttempts:
    def retried(self):
        log = a_log()
        first = log.open("First try")
        log.fail(first)
        log.end_attempt(states.RETRY, a_failure(1))
        log.attempt(retries=1)
        log.open("Second try")
        log.say("Again")
        return log

    def test_the_newest_attempt_is_shown(self):
        picture = detail(self.retried())

        assert picture["attempt"] == 2
        assert [step["name"] for step in picture["steps"]] == ["Second try"]
        assert [message["attempt"] for message in picture["messages"]] == [2]
        assert picture["log"] == "\t - TESTSecond try\n\tAgain\n"

    def test_an_older_attempt_is_shown_when_it_is_asked_for(self):
        log = self.retried()
        log.finish()
        picture = detail(log, attempt=1)

        assert picture["attempt"] == 1
        assert [step["attempt"] for step in picture["steps"]] == [1]
        assert picture["messages"] == []
        assert "First try" in picture["log"]
        assert "Task Finished" not in picture["log"]

    def test_all_attempts_are_listed(self):
        assert detail(self.retried())["attempts"] == [
            {
                "number": 1, "state": "RETRY", "start": "2019-08-08T14:54:11.788631Z",
                "end": "2019-08-08T14:54:13.788631Z", "worker": "celery@host", "process": None,
                "failure": a_failure(1),
            },
            {
                "number": 2, "state": "STARTED", "start": "2019-08-08T14:54:14.788631Z", "end": None,
                "worker": "celery@host", "process": None, "failure": None,
            },
        ]  # fmt: skip

    def test_the_failure_is_that_of_the_newest_attempt(self):
        log = self.retried()
        assert detail(log)["failure"] is None

        log.finish(states.FAILURE, a_failure(None, "gone", "shop.Gone"))
        assert detail(log)["failure"] == a_failure(None, "gone", "shop.Gone")

    @pytest.mark.parametrize("number", [0, 3])
    def test_an_attempt_that_is_not_there_is_an_error(self, number):
        with pytest.raises(snapshot.UnknownAttempt):
            detail(self.retried(), attempt=number)

    def test_an_attempt_that_began_after_the_log_was_read_is_left_out(self):
        log = a_log()
        row = log.row
        log.attempt()
        log.say("Too late")
        picture = snapshot.detail(row, DETAILS)

        assert [attempt["number"] for attempt in picture["attempts"]] == [1]
        assert picture["messages"] == []


class TestAudiences:
    def a_secret_log(self):
        log = a_log(owner="7", queue="fast")
        step = log.open("First")
        log.say("For all", step)
        log.say("A password", step, public=False, source="logging")
        log.fail(step)
        return log.finish(states.FAILURE, a_failure(step))

    def test_a_reader_of_details_sees_everything(self):
        picture = detail(self.a_secret_log())

        assert [message["text"] for message in picture["messages"]] == ["For all", "A password"]
        assert "A password" in picture["log"]
        assert picture["failure"]["traceback"].startswith("Traceback")
        assert picture["steps"][0]["failure"]["traceback"].startswith("Traceback")
        assert picture["attempts"][0]["worker"] == "celery@host"
        assert (picture["queue"], picture["owner"]) == ("fast", "7")

    @pytest.mark.parametrize("audience", [OWNER, VIEWER])
    def test_an_owner_sees_no_traceback_no_worker_and_no_captured_line(self, audience):
        picture = detail(self.a_secret_log(), audience)

        assert "A password" not in str(picture)
        assert "Traceback" not in str(picture)
        assert "celery@host" not in str(picture)
        assert picture["progress"]["message"] == "For all"
        assert picture["exception"] == picture["failure"]["text"] == "division by zero"
        assert "traceback" not in picture["failure"]

    def test_whose_a_task_is_and_where_it_runs_is_for_readers_of_all_tasks(self):
        log = self.a_secret_log()

        assert [detail(log, VIEWER)[key] for key in ("queue", "owner")] == ["fast", "7"]
        assert [detail(log, OWNER)[key] for key in ("queue", "owner")] == [None, None]

    @pytest.mark.parametrize("audience", [OWNER, VIEWER])
    def test_what_a_task_was_given_and_returned_is_for_readers_of_details(self, audience):
        call = {
            "args": [1, "secret"], "kwargs": {"a": None}, "options": {"queue": "fast"},
            "arguments_kept": True, "result": ["secret"], "result_kept": False,
        }  # fmt: skip
        moments = {"eta": BEGIN, "expires": BEGIN + timedelta(days=1), "retry_of": "another"}
        log = a_log(**call, **moments)

        assert {key: detail(log)[key] for key in call} == call
        picture = detail(log, audience)
        assert {key: picture[key] for key in call} == dict.fromkeys(call)
        assert "secret" not in str(picture)
        assert {key: picture[key] for key in moments} == {
            "eta": "2019-08-08T14:54:10.788631Z",
            "expires": "2019-08-09T14:54:10.788631Z",
            "retry_of": "another",
        }

    def test_the_text_of_an_exception_can_be_kept_from_owners(self, settings):
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
        log = self.a_secret_log()
        picture = detail(log, OWNER)

        assert "division by zero" not in str(picture)
        assert picture["exception"] == "ZeroDivisionError"
        assert picture["failure"] == {
            "type": "ZeroDivisionError", "text": None, "step": 1, "where": "at item 2 of 3",
        }  # fmt: skip
        assert "<class 'ZeroDivisionError'>: \n" in picture["log"]
        assert detail(log)["exception"] == "division by zero"


class TestText:
    def test_a_step_with_child_steps_has_no_closing_lines(self):
        log = a_log()
        outer = log.open("Outer")
        inner = log.open("Inner", outer)
        log.fail(inner)
        log.fail(outer, origin=inner)

        assert detail(log)["log"].count("Failed") == 1

    def test_a_step_with_child_steps_in_which_an_exception_arose_has(self):
        log = a_log()
        outer = log.open("Outer")
        log.close(log.open("Inner", outer))
        log.fail(outer)

        assert detail(log)["log"] == (
            "\t - TESTOuter\n\t - Inner\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
            "\t\tFailed\n\t\tTime spent: 0h0m\n\t\tSee error message:\n"
            "<class 'ZeroDivisionError'>: division by zero\n"
        )

    def test_a_step_that_did_not_go_well_without_an_exception_says_so(self):
        log = a_log()
        log.close(log.open("First"), states.REVOKED)

        assert detail(log)["log"] == "\t - TESTFirst\n\t\tFailed\n\t\tTime spent: 0h0m\n"

    def test_a_planned_step_has_no_lines_before_it_begins_but_it_is_a_job(self):
        log = a_log()
        read, save = log.plan("Read"), log.plan("Save")
        assert detail(log)["log"] == ""
        assert [step["state"] for step in detail(log)["steps"]] == ["PENDING", "PENDING"]

        log.close(log.begin(read))
        log.finish()
        assert detail(log)["log"] == (
            "\t - TESTRead\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
            "\tTask Finished - 1 out of 2 jobs finished\n"
        )
        assert detail(log)["steps"][save - 1]["state"] == "IGNORED"

    def test_the_time_spent_is_counted_in_minutes(self):
        log = a_log()
        step = log.open("First")
        log.at += timedelta(hours=2, minutes=3)
        log.close(step)

        assert "Time spent: 2h3m" in detail(log)["log"]

    def test_a_child_step_that_comes_late_takes_no_line_back(self):
        log = a_log()
        outer = log.open("Outer")
        log.close(outer)
        before = detail(log)["log"]
        log.open("Late", outer)

        assert detail(log)["log"].startswith(before)


class TestTail:
    @pytest.fixture(autouse=True)
    def a_short_tail(self, settings):
        settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOG_TAIL": 3}

    def test_a_short_log_is_shown_whole(self):
        log = a_log()
        for number in range(3):
            log.say(f"Line {number}", log.open(f"Step {number}"))

        assert detail(log)["truncated"] is None
        assert len(detail(log)["steps"]) == len(detail(log)["messages"]) == 3

    def test_the_last_lines_of_a_long_log_are_shown(self):
        log = a_log()
        log.gap(7)
        for number in range(5):
            log.say(f"Line {number}")
        picture = detail(log)

        assert [message["text"] for message in picture["messages"]] == ["Line 2", "Line 3", "Line 4"]
        assert picture["log"] == "\tLine 2\n\tLine 3\n\tLine 4\n"
        assert picture["truncated"] == {"messages": 3, "steps": 0}
        assert [gap["count"] for gap in picture["gaps"]] == [7]

    def test_lines_that_one_may_not_see_are_not_counted(self):
        log = a_log()
        for number in range(4):
            log.say(f"Line {number}")
            log.say("Hidden", public=False)

        assert detail(log, OWNER)["truncated"] == {"messages": 1, "steps": 0}

    def test_running_steps_and_the_latest_ones_are_shown_with_those_around_them(self):
        log = a_log()
        outer = log.open("Outer")
        for number in range(4):
            log.close(log.open(f"Inner {number}", outer))
        log.open("Running", outer)
        picture = detail(log)

        assert [step["name"] for step in picture["steps"]] == ["Outer", "Inner 3", "Running"]
        assert [step["path"] for step in picture["steps"]] == ["1", "1.4", "1.5"]
        assert picture["truncated"] == {"messages": 0, "steps": 3}
        assert picture["log"].startswith("\t - TESTOuter\n\t - Inner 3\n")

    def test_a_step_too_deep_to_be_shown_with_all_around_it_gives_way_to_others(self):
        log = a_log()
        parent = None
        for number in range(5):
            parent = log.open(f"Level {number}", parent)
        for number in range(5):
            log.step(number + 1).update(state=states.SUCCESS)

        assert [step["path"] for step in detail(log)["steps"]] == ["1", "1.1", "1.1.1"]

    def test_a_step_that_appeared_after_the_log_was_read_is_left_out(self):
        log = a_log()
        for number in range(4):
            log.close(log.open(f"Step {number}"))
        row = log.row
        log.open("Too late")
        picture = snapshot.detail(row, DETAILS)

        assert [step["name"] for step in picture["steps"]] == ["Step 1", "Step 2", "Step 3"]
        assert picture["truncated"] == {"messages": 0, "steps": 1}


class TestReadingWhileItChanges:
    def test_nothing_that_was_stored_later_is_shown(self):
        log = a_log()
        log.say("In time")
        row = log.row
        log.say("Too late")
        log.open("Too late")

        picture = snapshot.detail(row, DETAILS)
        assert [message["text"] for message in picture["messages"]] == ["In time"]
        assert picture["steps"] == []
        assert picture["seq"] == 2

    def test_a_step_that_has_changed_since_is_shown_but_its_closing_lines_are_left_for_the_next_answer(self):
        log = a_log()
        step = log.open("First")
        row = log.row
        log.close(step)

        picture = snapshot.detail(row, DETAILS)
        assert [step["id"] for step in picture["steps"]] == [step]
        assert picture["log"] == "\t - TESTFirst\n"
        assert "Successfully" in snapshot.delta(log.row, DETAILS, after=picture["seq"])["log"]

    def test_a_planned_step_that_has_begun_since_keeps_its_place(self):
        log = a_log()
        first, second = log.plan("First"), log.plan("Second")
        row = log.row
        log.begin(first)

        assert [(step["id"], step["path"]) for step in snapshot.detail(row, DETAILS)["steps"]] == [
            (second, "2")
        ]


class TestCost:
    def test_a_detail_takes_four_queries_and_the_log(self, django_assert_num_queries):
        log = the_founding_log()
        row = log.row

        with django_assert_num_queries(4, using=current().DATABASE):
            snapshot.detail(row, DETAILS)

    def test_only_what_is_asked_for_is_read(self, django_assert_num_queries):
        row = the_founding_log().row

        with django_assert_num_queries(0, using=current().DATABASE):
            assert snapshot.detail(row, DETAILS, keys={"status", "state"}) == {
                "status": 0,
                "state": "FAILURE",
            }

    def test_the_last_message_is_not_looked_for(self, django_assert_num_queries):
        row = the_founding_log().row

        with django_assert_num_queries(0, using=current().DATABASE):
            assert snapshot.detail(row, OWNER, keys=["progress"])["progress"]["message"] == SAID
