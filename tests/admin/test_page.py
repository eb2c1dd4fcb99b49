"""The page of one task."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from progress_updater import states
from progress_updater.models import TaskLog
from tests.admin.conftest import LIST, a_reader, page_of
from tests.rows import BEGIN, a_failure, a_log, heard_of, the_founding_log

pytestmark = pytest.mark.django_db(databases="__all__")


def words(client: Client, log: Any, query: str = "") -> str:
    """Return what stands on a page, without the markup."""
    response = client.get(page_of(log) + query)
    assert response.status_code == 200
    markup = response.content.decode().partition('id="pu-live"')[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", markup)).split())


def markup(client: Client, log: Any, query: str = "") -> str:
    return client.get(page_of(log) + query).content.decode()


def test_the_head_tells_state_times_and_id(reader: Client) -> None:
    log = a_log(task_uuid="id-7", celery_name="shop.tasks.add", queued=BEGIN, queue="slow").finish()
    text = words(reader, log)
    for expected in (
        "Success",
        "Queued Aug. 8, 2019, 14:54:10",
        "Started Aug. 8, 2019, 14:54:11",
        "Ended Aug. 8, 2019, 14:54:12",
        "Waited 1.0 s",
        "Took 1.0 s",
        "Worker celery@host",
        "Queue slow",
        "Celery name shop.tasks.add",
        "Task id id-7",
    ):
        assert expected in text


def test_what_a_task_was_given_and_returned_is_for_readers_of_details(reader: Client) -> None:
    log = a_log(
        args=[17, "ü"], kwargs={"bank": "A"}, arguments_kept=False, options={"queue": "slow"},
        result={"rows": 3}, result_kept=True, eta=BEGIN, expires=BEGIN + timedelta(days=1), retry_of="id-6",
    )  # fmt: skip
    text = words(reader, log)
    for expected in (
        "Due Aug. 8, 2019, 14:54:10",
        "Expires Aug. 9, 2019, 14:54:10",
        "Sent again for id-6",
        'Arguments Not all of it stands here as it was. [ 17, "ü" ] { "bank": "A" }',
        'Options { "queue": "slow" }',
        'Result { "rows": 3 }',
    ):
        assert expected in text
    viewer = a_reader("view_tasklog", name="viewer")
    for secret in ('"ü"', '"bank"', '"queue"', '"rows"', "Arguments", "Result"):
        assert secret not in words(viewer, log)


def test_what_is_unknown_is_left_out(reader: Client) -> None:
    text = words(reader, a_log(started=False))
    assert "Pending" in text
    for unknown in ("Queued", "Started", "Took", "Worker", "Owner", "Attempts", "Arguments", "Due", "None"):
        assert unknown not in text


def test_what_runs_tells_how_far_it_is_and_how_long_it_goes_on(reader: Client) -> None:
    now = datetime.now(tz=UTC)
    log = a_log(
        created=now - timedelta(minutes=2, seconds=20),
        current=412,
        total=1000,
        unit="rows",
        percent=41.2,
        rate=10,
    )
    log.set(message="412 rows saved", cancel_requested=True, updated=now)
    text = words(reader, log)
    for expected in (
        "412 of 1,000 rows",
        "41 %",
        "about 58.8 s left",
        "Running for 2 min",
        "412 rows saved",
        "Cancel requested",
    ):
        assert expected in text


def test_the_founding_example_shows_its_steps_in_their_order_and_depth(reader: Client) -> None:
    page = markup(reader, the_founding_log())
    rows = re.findall(r'id="step-([\d.]+)">\s*<th scope="row" class="pu-name pu-depth-(\d)"', page)
    assert rows == [("1", "0"), ("2", "0"), ("2.1", "1"), ("2.2", "1"), ("2.3", "1")]


def test_the_founding_example_shows_its_failure_where_it_arose(reader: Client) -> None:
    log = the_founding_log()
    text = words(reader, log)
    assert "ZeroDivisionError division by zero in step 2.2 Traceback Traceback …" in text
    assert "My subtask 2 in my task 2 ZeroDivisionError: division by zero Traceback" in text
    assert '<a href="#step-2.2">2.2</a>' in markup(reader, log)


def test_an_older_attempt_shows_its_own_failure(reader: Client) -> None:
    log = a_log()
    log.end_attempt(states.RETRY, a_failure(None, "no answer", "ConnectionError"))
    log.attempt()
    log.finish()
    assert "pu-failure" not in re.sub("pu-state pu-failure", "", markup(reader, log))
    assert "<h2>ConnectionError</h2>" in markup(reader, log, "?attempt=1")


def test_a_task_that_never_began_shows_why(reader: Client) -> None:
    log = a_log(started=False).finish(states.REVOKED, a_failure(None, "expired", "TaskRevokedError"))
    assert "<h2>expired</h2>" in markup(reader, log)


def test_line_breaks_around_a_number_do_no_harm(reader: Client) -> None:
    assert reader.get(f"{page_of(a_log())}?attempt=%0A1").status_code == 200


def test_a_step_around_the_failed_one_points_to_it(reader: Client) -> None:
    log = a_log()
    outer = log.open("Outer")
    inner = log.open("Inner", outer)
    log.fail(inner)
    log.fail(outer, origin=inner)
    log.finish(states.FAILURE, a_failure(inner))
    assert "Outer ZeroDivisionError in step 1.1 Failure" in words(reader, log)


def test_steps_that_were_opened_at_the_same_time_stand_under_their_parents(reader: Client) -> None:
    log = a_log()
    first, second = log.open("First"), log.open("Second")
    log.open("In first", first)
    log.open("In second", second)
    for _ in range(9):
        log.open("More in first", first)
    paths = re.findall(r'id="step-([\d.]+)"', markup(reader, log))
    assert paths == ["1", *[f"1.{place}" for place in range(1, 11)], "2", "2.1"]


def test_very_deep_steps_are_indented_no_further(reader: Client) -> None:
    log, parent = a_log(), None
    for depth in range(12):
        parent = log.open(f"Depth {depth}", parent)
    assert re.findall(r"pu-depth-(\d+)", markup(reader, log)) == [str(min(depth, 8)) for depth in range(12)]


def test_each_bar_stands_where_its_step_was(reader: Client) -> None:
    log = a_log(created=BEGIN)
    first = log.open("First")
    log.close(first)
    second = log.open("Second")
    log.close(second)
    log.finish()
    bars = re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"', markup(reader, log))
    assert bars == [("20.0", "20.0"), ("60.0", "20.0")]


def test_numbers_in_attributes_are_not_written_as_the_reader_does(reader: Client) -> None:
    log = a_log(current=1234.5, total=2000.5)
    log.close(log.open("One"))
    log.finish()
    with translation.override("de"):
        page = markup(reader, log)
    assert 'max="2000.5" value="1234.5"' in page
    assert re.search(r'<rect x="33.33%" width="33.33%"', page)


def test_a_planned_step_has_no_bar_and_no_duration(reader: Client) -> None:
    log = a_log()
    log.plan("Later")
    assert "1 Later Pending" in words(reader, log)
    assert "pu-bar" not in markup(reader, log)


def test_a_step_shows_its_own_progress(reader: Client) -> None:
    log = a_log()
    log.count(log.open("Save rows", total=10, unit="rows"), 4)
    assert "1 Save rows Started 4 of 10 rows" in words(reader, log)


def test_messages_stand_in_order_with_time_level_and_step(reader: Client) -> None:
    log = a_log()
    step = log.open("Read")
    log.say("first", step)
    log.say("second", level="warning", data={"row": 17})
    text = words(reader, log)
    assert '14:54:13.788 info 1 first 14:54:14.788 warning second Data { "row": 17 }' in text


def test_a_gap_says_how_many_lines_are_missing(reader: Client) -> None:
    log = a_log()
    log.say("before")
    log.gap(1200)
    text = words(reader, log)
    assert "1200 lines were never stored." in text
    assert "1200 lines are missing here" in text
    assert "Data" not in text


def test_a_cut_answer_says_so(reader: Client, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOG_TAIL": 2}
    log = a_log()
    for number in range(3):
        log.close(log.open(f"Step {number}"))
        log.say(f"line {number}")
    text = words(reader, log)
    assert "1 older step is not shown here." in text
    assert "1 older message is not shown here." in text
    assert "line 0" not in text


def test_attempts_are_listed_and_older_ones_can_be_opened(reader: Client) -> None:
    log = a_log()
    log.open("In the first attempt")
    log.end_attempt(states.RETRY, a_failure(None, "no answer", "ConnectionError"))
    log.attempt(worker="celery@other")
    log.open("In the second attempt")
    newest, first = words(reader, log), words(reader, log, "?attempt=1")
    assert "ConnectionError: no answer" in newest
    assert "celery@other" in newest
    assert "In the second attempt" in newest
    assert "In the first attempt" not in newest
    assert '<a href="?attempt=1">1</a>' in markup(reader, log)
    assert "In the first attempt" in first
    assert "In the second attempt" not in first
    assert '<a href="?attempt=2">2</a>' in markup(reader, log, "?attempt=1")


@pytest.mark.parametrize("number", ["2", "0", "-1", "one", "", "9" * 5000, "1%0A2"])
def test_an_attempt_that_does_not_exist_is_not_found(reader: Client, number: str) -> None:
    assert reader.get(f"{page_of(a_log())}?attempt={number}").status_code == 404


@pytest.mark.parametrize("name", ["999999", "abc"])
def test_a_task_that_does_not_exist_is_not_found(reader: Client, name: str) -> None:
    assert reader.get(f"{LIST}{name}/change/").status_code == 404


def test_a_viewer_sees_no_details(viewer: Client) -> None:
    log = a_log()
    log.say("secret", public=False, source="logging")
    log.say("shown")
    step = log.open("Step")
    log.fail(step)
    log.finish(states.FAILURE, a_failure(step))
    text = words(viewer, log)
    assert "shown" in text
    assert "division by zero" in text
    for detail in ("Traceback", "secret", "celery@host"):
        assert detail not in text


def test_the_text_of_an_exception_can_be_kept_from_viewers(viewer: Client, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
    log = the_founding_log()
    text = words(viewer, log)
    assert "ZeroDivisionError" in text
    assert "division by zero" not in text


HOSTILE = "</pre></script><img src=x onerror=alert(1)>{{ 7|add:7 }}"


def test_markup_is_inert_wherever_it_stands(reader: Client) -> None:
    log = a_log(
        HOSTILE, task_uuid=HOSTILE, celery_name=HOSTILE, custom_state=HOSTILE, owner=HOSTILE, about=HOSTILE,
        queue=HOSTILE, root=HOSTILE, parent=HOSTILE, unit=HOSTILE[:32], current=1, tags=(HOSTILE,),
    )  # fmt: skip
    step = log.open(HOSTILE, unit=HOSTILE[:32], current=1)
    log.say(HOSTILE, step, data={HOSTILE: HOSTILE}, level=HOSTILE[:16], source=HOSTILE[:16])
    failure = {"type": HOSTILE, "text": HOSTILE, "step": step, "traceback": HOSTILE}
    log.close(step, states.FAILURE, failure)
    log.finish(states.FAILURE, failure)
    page = markup(reader, log)
    assert "<img src=x" not in page
    assert "</pre></script>" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;{{ 7|add:7 }}") >= 10


def test_links_lead_to_related_tasks_and_to_the_json(reader: Client) -> None:
    owner = User.objects.create_user("ines")
    log = a_log(
        task_uuid="a/b c", owner=str(owner.pk), about="shop.order:17", root="r&1", parent="p 1", tags=("red",)
    )
    other = a_log("Other", task_uuid="r&1", root="r&1")
    response = reader.get(page_of(log))
    page = response.content.decode()
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page)]
    assert f"{LIST}?owner__exact={owner.pk}" in links
    assert f"{LIST}?about__exact=shop.order%3A17" in links
    assert f"{LIST}?root__exact=r%261" in links
    assert f"{LIST}?q=p%201" in links
    assert ">ines</a>" in page
    assert "red" in page
    assert {row.pk for row in reader.get(f"{LIST}?root__exact=r%261").context["cl"].result_list} == {
        log.pk,
        other.pk,
    }
    (json,) = [link for link in links if "/tasklogs/" in link]
    assert reader.get(json).json()["task_uuid"] == "a/b c"


def test_the_json_of_an_older_attempt_is_that_of_the_attempt(reader: Client) -> None:
    log = a_log()
    log.attempt()
    (json,) = re.findall(r'href="([^"]+/tasklogs/[^"]+)"', markup(reader, log, "?attempt=1"))
    assert reader.get(json).json()["attempt"] == 1


@pytest.mark.urls("tests.admin.urls_without_api")
def test_without_the_api_there_is_no_link_to_it(reader: Client) -> None:
    assert "JSON" not in words(reader, a_log())


def test_the_page_asks_again_while_the_task_is_not_finished(reader: Client) -> None:
    log = a_log()
    assert 'data-every="2"' in markup(reader, log)
    log.finish()
    assert "data-every" not in markup(reader, log)


def test_a_page_that_did_not_change_is_not_sent_again(reader: Client) -> None:
    log = a_log()
    log.finish()
    etag = reader.get(page_of(log)).headers["ETag"]
    again = reader.get(page_of(log), headers={"if-none-match": etag})
    assert again.status_code == 304
    assert again.content == b""
    log.say("more")
    assert reader.get(page_of(log), headers={"if-none-match": etag}).status_code == 200


def test_each_attempt_reader_and_language_has_a_page_of_its_own(reader: Client, admin_client: Client) -> None:
    log = a_log()
    log.attempt()
    log.finish()
    tags = {
        reader.get(page_of(log)).headers["ETag"],
        reader.get(page_of(log) + "?attempt=1").headers["ETag"],
        admin_client.get(page_of(log)).headers["ETag"],
    }
    assert len(tags) == 3


def test_the_page_of_what_runs_grows_old(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_log()
    etag = reader.get(page_of(log)).headers["ETag"]
    monkeypatch.setattr("progress_updater.admin.page.FRESH_FOR", 1e-6)
    assert reader.get(page_of(log), headers={"if-none-match": etag}).status_code == 200


def test_no_cache_keeps_the_page(reader: Client) -> None:
    assert "no-store" in reader.get(page_of(a_log())).headers["Cache-Control"]


def test_the_page_has_no_script_and_no_style_of_its_own(reader: Client) -> None:
    whole = markup(reader, the_founding_log())
    assert "progress_updater/admin.js" in whole
    assert "jquery" not in whole
    page = whole.partition('id="content"')[2]
    assert not re.search(
        r"<script(?![^>]*src=)|<style|style=|\son\w+=|javascript:", page.partition("</main>")[0]
    )


def test_the_number_of_queries_does_not_grow(reader: Client, statements: Callable[[], Any]) -> None:
    small, large = a_log(), a_log()
    for log, number in ((small, 1), (large, 30)):
        for place in range(number):
            step = log.open(f"Step {place}")
            log.say("said", step)
            log.fail(step)
        log.finish(states.FAILURE, a_failure(1))
    with statements() as few:
        reader.get(page_of(small))
    with statements() as many:
        reader.get(page_of(large))
    assert len(few) == len(many) <= 6


def test_a_log_that_is_pruned_meanwhile_is_not_found(reader: Client) -> None:
    log = a_log()
    TaskLog.objects.all().delete()
    assert reader.get(page_of(log)).status_code == 404


def test_a_count_of_any_size_is_shown(reader: Client) -> None:
    log = a_log()
    heard_of(log, 1)
    log.set(current=5e-324, total=1.7e308, rate=0.5, updated=timezone.now())
    assert "of 169,999," in words(reader, log)
