"""The list of task logs: what it shows, and that it costs the same however many there are."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from progress_updater import states
from progress_updater.admin.filters import NameFilter
from progress_updater.models import TaskLog
from tests.admin.conftest import LIST, names
from tests.rows import BEGIN, a_log

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin.site.get_model_admin(TaskLog), "list_per_page", 3)


def some_logs(*task_names: str) -> list[TaskLog]:
    """Make logs, one an hour."""
    return [
        a_log(name, started=False, created=BEGIN + timedelta(hours=place)).row
        for place, name in enumerate(task_names)
    ]


def text(response: Any) -> str:
    return unescape(response.content.decode())


def test_the_newest_stand_first(viewer: Client) -> None:
    some_logs("a", "b", "c")
    assert names(viewer.get(LIST)) == ["c", "b", "a"]


def test_a_row_tells_state_progress_duration_and_owner(viewer: Client) -> None:
    owner = User.objects.create_user("ines")
    log = a_log("Import", owner=str(owner.pk), current=412, total=1000, unit="rows")
    log.finish(states.FAILURE)
    page = text(viewer.get(LIST))
    assert '<span class="pu-state pu-failure">Failure</span>' in page
    assert "412 of 1,000 rows" in page
    assert 'max="1000" value="412"' in page
    assert '<td class="field-shown_duration">1.0 s</td>' in page
    assert '<td class="field-shown_owner">ines</td>' in page


def test_a_count_without_a_total_has_no_bar(viewer: Client) -> None:
    a_log(current=5, unit="steps")
    page = text(viewer.get(LIST))
    assert "5 steps" in page
    assert "<progress" not in page


def test_a_custom_state_stands_beside_the_state(viewer: Client) -> None:
    a_log(custom_state="GOING_TO_SLEEP")
    assert '<span class="pu-custom">GOING_TO_SLEEP</span>' in text(viewer.get(LIST))


def test_the_duration_of_what_runs_goes_on(viewer: Client) -> None:
    created = datetime.now(tz=UTC) - timedelta(hours=2, minutes=4, seconds=20)
    a_log(created=created)
    assert "2 h 4 min" in text(viewer.get(LIST))


def test_what_has_not_begun_has_no_duration(viewer: Client) -> None:
    a_log(started=False)
    assert '<td class="field-shown_duration">-</td>' in text(viewer.get(LIST))


@pytest.mark.parametrize(
    "owner", ["nightly job", "00000000-0000-0000-0000-000000000001", "9999999999999999999999"]
)
def test_an_owner_who_is_no_user_is_shown_as_written(viewer: Client, owner: str) -> None:
    a_log(owner=owner)
    assert f'<td class="field-shown_owner">{owner}</td>' in text(viewer.get(LIST))


def test_markup_in_names_is_inert(viewer: Client) -> None:
    a_log("<script>alert(1)</script>", custom_state="<b>", owner="<i>", unit="<u>", current=1)
    page = viewer.get(LIST).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not any(mark in page for mark in ("<script>alert", "<b>", "<i>", "<u>"))


def test_an_empty_list_says_so(viewer: Client) -> None:
    assert "No tasks here." in text(viewer.get(LIST))


@pytest.mark.usefixtures("short_pages")
def test_all_rows_are_reached_page_by_page_and_back(viewer: Client) -> None:
    same_moment = [a_log(name, started=False).row for name in "abcdefgh"]
    forth, response = [], viewer.get(LIST)
    while True:
        forth.append(names(response))
        if response.context["cl"].older is None:
            break
        response = viewer.get(LIST + response.context["cl"].older)
    assert forth == [["h", "g", "f"], ["e", "d", "c"], ["b", "a"]]
    assert len(same_moment) == 8
    back = [forth[-1]]
    while response.context["cl"].newer is not None:
        response = viewer.get(LIST + response.context["cl"].newer)
        back.append(names(response))
    assert back == forth[::-1]


@pytest.mark.usefixtures("short_pages")
def test_new_rows_do_not_shift_the_pages(viewer: Client) -> None:
    some_logs("a", "b", "c", "d", "e")
    older = viewer.get(LIST).context["cl"].older
    a_log("newer", started=False, created=BEGIN + timedelta(days=1))
    assert names(viewer.get(LIST + older)) == ["b", "a"]


@pytest.mark.usefixtures("short_pages")
def test_a_filter_keeps_neither_the_place_nor_loses_itself_on_the_next_page(viewer: Client) -> None:
    some_logs("a", "b", "a", "b", "a", "a", "a")
    older = viewer.get(f"{LIST}?name=a").context["cl"].older
    response = viewer.get(LIST + older)
    assert names(response) == ["a", "a"]
    links = [
        choice["query_string"]
        for choice in response.context["cl"].filter_specs[1].choices(response.context["cl"])
    ]
    assert links
    assert not any("older" in link for link in links)
    assert 'name="older"' not in text(response)


@pytest.mark.parametrize("place", ["older=yesterday~1", "newer=2019-08-08T00:00:00Z~x", "older="])
def test_a_place_that_is_none_leads_to_the_list(viewer: Client, place: str) -> None:
    response = viewer.get(f"{LIST}?{place}")
    assert response.status_code == 302
    assert response.url == f"{LIST}?e=1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=1", {"SUCCESS", "IGNORED"}),
        ("status=0", {"FAILURE", "REVOKED", "LOST"}),
        ("status=2", {"PENDING", "STARTED", "RETRY", "PAUSED"}),
        ("status=7", set(states.STATES)),
        ("state=LOST", {"LOST"}),
        ("state=GONE", set(states.STATES)),
        ("name=PAUSED", {"PAUSED"}),
        ("name=NOBODY", set()),
        ("owner__exact=7", {"RETRY"}),
        ("q=", set(states.STATES)),
        ("q=RE", {"RETRY", "REVOKED"}),
        ("q=id-of-L", {"LOST"}),
        ("q=+id-of-LOST+", {"LOST"}),
        ("q=OST", set()),
        ("created__year=2019", set(states.STATES)),
        ("created__year=2018", set()),
    ],
)
def test_filters_and_search(viewer: Client, query: str, found: set[str]) -> None:
    for state in states.STATES:
        owner = "7" if state == states.RETRY else None
        a_log(state, state=state, started=False, task_uuid=f"id-of-{state}", owner=owner)
    assert set(names(viewer.get(f"{LIST}?{query}"))) == found


def test_the_filter_by_name_offers_the_names_of_recent_tasks(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("progress_updater.admin.filters.RECENT", 2)
    some_logs("old", "b", "a")
    response = viewer.get(f"{LIST}?name=old")
    (by_name,) = [spec for spec in response.context["cl"].filter_specs if isinstance(spec, NameFilter)]
    assert [value for value, _ in by_name.lookup_choices] == ["a", "b", "old"]


@pytest.mark.parametrize(
    "query",
    ["", "?q=task", "?status=0", "?state=SUCCESS", "?name=task", "?created__year=2019&created__month=8"],
)
def test_the_number_of_queries_does_not_grow(
    viewer: Client, statements: Callable[[], Any], query: str
) -> None:
    def make(number: int) -> None:
        for _ in range(number):
            a_log("task", owner="1", tags=("x",)).finish()
            a_log("task", owner="2").finish(states.FAILURE)

    make(1)
    with statements() as few:
        viewer.get(LIST + query)
    make(20)
    with statements() as many:
        viewer.get(LIST + query)
    assert len(few) == len(many) <= 7


@pytest.mark.parametrize("query", ["", "?q=task", "?status=2", "?state=SUCCESS", "?name=task"])
def test_nothing_is_counted_and_nothing_skipped(
    viewer: Client, statements: Callable[[], Any], query: str
) -> None:
    some_logs(*["task"] * 5)
    with statements() as asked:
        viewer.get(LIST + query)
    assert asked
    assert not [
        sql for sql in asked if any(word in sql for word in ("COUNT(", "OFFSET", "DISTINCT", "GROUP BY"))
    ]
    assert all("LIMIT" in sql or " IN (" in sql for sql in asked)


def test_what_no_column_shows_is_not_read(viewer: Client, statements: Callable[[], Any]) -> None:
    some_logs("task")
    with statements() as asked:
        assert names(viewer.get(LIST)) == ["task"]
    (read,) = [sql for sql in asked if "percent" in sql]
    assert not [name for name in ("args", "kwargs", "options", "result") if f'"{name}"' in read]


@pytest.mark.usefixtures("short_pages")
def test_a_page_is_fetched_again_while_it_may_change(viewer: Client) -> None:
    for name in "abcdef":
        a_log(name, created=BEGIN).finish()
    first = viewer.get(LIST)
    assert 'data-every="5"' in text(first)
    last = viewer.get(LIST + first.context["cl"].older)
    assert "data-every" not in text(last)
