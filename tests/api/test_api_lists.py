"""The list of tasks, over HTTP."""

import json
from base64 import urlsafe_b64encode

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from progress_updater import snapshot, states
from progress_updater.models import TaskLog, TaskTag
from progress_updater.policy import Audience
from progress_updater.settings import current
from tests.rows import BEGIN, SECOND, a_failure, a_log

pytestmark = pytest.mark.django_db(databases="__all__")

LIST = "/api/tasklogs/"


def made_up(*values):
    """Write a cursor as a reader might who knows what is in it."""
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def names(reader, query=""):
    answer = reader.get(LIST, QUERY_STRING=query)
    assert answer.status_code == 200, answer.json()
    return [item["task_name"] for item in answer.json()["results"]]


def test_an_item_is_what_the_snapshot_made(reader):
    log = a_log(tags=("a",), owner="7")
    answer = reader.get(LIST).json()

    assert list(answer) == ["next", "previous", "results"]
    expected = snapshot.item(log.row, Audience.DETAILS)
    assert [{**item, "now": None, "runtime": 0} for item in answer["results"]] == [
        {**expected, "now": None, "runtime": 0}
    ]
    assert list(answer["results"][0]) == list(expected)


def test_the_newest_comes_first_unless_asked_otherwise(reader):
    for number in range(3):
        a_log(f"Task {number}", created=BEGIN + number * SECOND)

    assert names(reader) == names(reader, "order=-created") == ["Task 2", "Task 1", "Task 0"]
    assert names(reader, "order=created") == ["Task 0", "Task 1", "Task 2"]


def test_one_sees_what_one_may_see(a_reader):
    owner = a_reader()
    a_log("Mine", owner=str(owner.user.pk))
    a_log("Somebody's", owner="somebody")
    a_log("Nobody's")

    assert names(owner) == ["Mine"]
    assert names(owner, "owner=somebody") == []
    assert len(names(a_reader("view_tasklog"))) == 3
    assert len(names(a_reader("view_tasklog_details"))) == 3


class TestFilters:
    @pytest.fixture(autouse=True)
    def logs(self):
        """Make one log for each question."""
        a_log("Waiting", created=BEGIN, started=False)
        a_log("Running", created=BEGIN + SECOND, owner="7", tags=("a", "b"))
        good = a_log("Good", created=BEGIN + 2 * SECOND, about="shop.order:4", tags=("a",))
        good.finish()
        bad = a_log("Bad", created=BEGIN + 3 * SECOND, root="the/root", task_uuid="Abc-1")
        bad.finish(states.FAILURE, a_failure(None))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("state=PENDING", ["Waiting"]),
            ("state=SUCCESS&state=FAILURE", ["Bad", "Good"]),
            ("state=SUCCESS,FAILURE", ["Bad", "Good"]),
            ("status=0", ["Bad"]),
            ("status=1", ["Good"]),
            ("status=2", ["Running", "Waiting"]),
            ("finished=true", ["Bad", "Good"]),
            ("finished=false", ["Running", "Waiting"]),
            ("name=Good", ["Good"]),
            ("name=Goo", []),
            ("owner=7", ["Running"]),
            ("tag=a", ["Good", "Running"]),
            ("tag=a&order=created", ["Running", "Good"]),
            ("tag=a&tag=b", ["Running"]),
            ("tag=a,b", []),
            ("about=shop.order:4", ["Good"]),
            ("root=the/root", ["Bad"]),
            ("created_after=2019-08-08T14:54:12.788631Z", ["Bad", "Good"]),
            ("created_before=2019-08-08T14:54:12.788631Z", ["Running", "Waiting"]),
            ("created_after=2019-08-08T16:54:12.788631%2B02:00", ["Bad", "Good"]),
            ("created_after=2019-08-08T14:54:12.788631", ["Bad", "Good"]),
            ("search=abc", []),
            ("search=Abc", ["Bad"]),
            ("search=Abc-1", ["Bad"]),
            ("search=bad", ["Bad"]),
            ("search=%25", []),
            ("search=B_d", []),
            ("search=ood", []),
            ("status=1&tag=a&finished=true", ["Good"]),
        ],
    )
    def test_the_list_can_be_narrowed(self, reader, query, found):
        assert names(reader, query) == found

    def test_a_project_without_time_zones_is_asked_in_the_same_way(self, reader, settings):
        settings.USE_TZ, settings.TIME_ZONE = False, "UTC"
        assert names(reader, "created_after=2019-08-08T14:54:12.788631Z") == ["Bad", "Good"]
        assert names(reader, "created_before=2019-08-08T16:54:12.788631%2B02:00") == ["Running", "Waiting"]

    def test_an_item_can_be_made_shorter(self, reader):
        answer = reader.get(LIST, {"fields": "task_name,state", "name": "Good"}).json()
        assert answer["results"] == [{"task_name": "Good", "state": "SUCCESS"}]
        assert "progress" not in reader.get(LIST, {"omit": "progress"}).json()["results"][0]

    def test_the_links_keep_the_filters(self, reader):
        first = reader.get(LIST, {"page_size": 1, "finished": "true"}).json()
        assert [item["task_name"] for item in first["results"]] == ["Bad"]
        assert first["previous"] is None
        assert first["next"].startswith("http://testserver/api/tasklogs/?page_size=1&finished=true&cursor=")

        second = reader.get(first["next"]).json()
        assert [item["task_name"] for item in second["results"]] == ["Good"]
        assert second["next"] is None
        assert reader.get(second["previous"]).json()["results"][0]["task_name"] == "Bad"


class TestCursors:
    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "%00",
            "é",
            "W10",
            "WzBd",
            "WzAsMSwyXQ",
            "bnVsbA",
            "eyJhIjoxfQ",
            "WzAsIjIwMTktMDgtMDgiLCJ4Il0",
            "=" * 99,
        ],
    )
    def test_a_cursor_that_is_none_is_refused(self, reader, cursor):
        answer = reader.get(LIST, QUERY_STRING=f"cursor={cursor}")

        assert answer.status_code == 400
        assert answer.json()["param"] == "cursor"

    @pytest.mark.parametrize("number", [2**63, -(2**80), 1.5, True, "1", None])
    def test_a_made_up_number_is_refused(self, reader, number):
        cursor = made_up(0, "2019-08-08T14:54:10+00:00", number)

        assert reader.get(LIST, {"cursor": cursor}).json()["param"] == "cursor"

    def test_a_place_beyond_everything_is_an_empty_page(self, reader):
        a_log()
        answer = reader.get(LIST, {"cursor": made_up(0, "1000-01-01T00:00:00+00:00", 1)}).json()

        assert answer == {"next": None, "previous": None, "results": []}


class TestPagesByTag:
    @pytest.mark.parametrize("order", ["-created", "created"])
    @pytest.mark.parametrize("tags", ["tag=a", "tag=a&tag=b"])
    def test_the_pages_make_up_the_list_there_and_back(self, reader, tags, order):
        for number in range(5):
            a_log(f"Task {number}", created=BEGIN + number // 2 * SECOND, tags=("a", "b"))
            a_log("Other", created=BEGIN, tags=("b",))
        query = f"{tags}&order={order}"
        whole = names(reader, query)
        assert sorted(whole) == [f"Task {number}" for number in range(5)]

        pages = [reader.get(LIST, QUERY_STRING=f"{query}&page_size=2").json()]
        while pages[-1]["next"]:
            pages.append(reader.get(pages[-1]["next"]).json())
        assert [item["task_name"] for page in pages for item in page["results"]] == whole
        back = reader.get(pages[-1]["previous"]).json()
        assert back["results"][0]["task_uuid"] == pages[-2]["results"][0]["task_uuid"]


class TestCost:
    def test_a_page_takes_three_queries_however_long_it_is(self, reader):
        for _ in range(12):
            a_log(tags=("a", "b"))
        reader.get(LIST)

        with CaptureQueriesContext(connections[current().DATABASE]) as queries:
            assert len(reader.get(LIST).json()["results"]) == 12
        assert len([query for query in queries if "progress_updater_" in query["sql"]]) == 3

    @pytest.mark.parametrize(
        ("conditions", "index"),
        [
            ({"state": ["LOST"]}, "progress_log_state"),
            ({"name": "Task 7"}, "progress_log_name"),
            ({"search": "Task 7"}, "progress_log_name"),
            ({"owner": "7"}, "progress_log_owner"),
            ({"about": "shop.order:7"}, "progress_log_about"),
            ({"root": "7"}, "progress_log_root"),
        ],
    )
    def test_an_index_answers_what_is_asked_every_day(self, conditions, index):
        TaskLog.objects.bulk_create(
            TaskLog(task_uuid=str(number), task_name=f"Task {number}", created=BEGIN, updated=BEGIN)
            for number in range(500)
        )
        connection = connections[current().DATABASE]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")  # five hundred rows are few

        assert index in TaskLog.objects.matching(**conditions).newest_first()[:50].explain()

    def test_an_index_has_the_tasks_of_a_tag_in_their_order(self):
        logs = TaskLog.objects.bulk_create(
            TaskLog(task_uuid=str(number), task_name="Task", created=BEGIN + number * SECOND, updated=BEGIN)
            for number in range(500)
        )
        TaskTag.objects.bulk_create(
            TaskTag(task_log=log, tag=str(log.pk % 7), created=log.created) for log in logs
        )
        connection = connections[current().DATABASE]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")  # five hundred rows are few

        tagged = TaskLog.objects.tagged(["3"]).with_place_by_tag()
        plan = snapshot.BY_TAG.apply(tagged)[:50].explain()
        assert "progress_tag_created" in plan
        assert "TEMP B-TREE" not in plan  # SQLite's word for sorting
        assert "Sort" not in plan

    @pytest.mark.parametrize(
        ("permission", "query", "is_read"),
        [
            ("view_tasklog_details", "", True),
            ("view_tasklog_details", "fields=state,result", True),
            ("view_tasklog_details", "omit=args,kwargs,options,result", False),
            ("view_tasklog_details", "fields=state", False),
            ("view_tasklog", "", False),
        ],
    )
    def test_results_are_read_only_for_who_sees_them(self, a_reader, permission, query, is_read):
        a_log(result={"saved": 3})
        one = a_reader(permission)

        with CaptureQueriesContext(connections[current().DATABASE]) as queries:
            assert len(one.get(LIST, QUERY_STRING=query).json()["results"]) == 1
        asked = [query["sql"] for query in queries if "progress_updater_" in query["sql"]]
        assert len(asked) <= 3
        name = connections[current().DATABASE].ops.quote_name("result")
        assert (f".{name}" in asked[0]) is is_read
