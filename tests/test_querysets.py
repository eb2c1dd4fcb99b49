"""Queries with names, on each database."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test.utils import isolate_apps

from progress_updater import snapshot, states
from progress_updater.models import TaskLog, TaskTree
from progress_updater.policy import Audience
from progress_updater.querysets import GroupCount, about_key
from tests.databases import database, migrated, pytest_generate_tests  # noqa: F401 (fixtures and hooks)
from tests.rows import BEGIN, a_log

pytestmark = pytest.mark.usefixtures("database")


def _uuids(logs: object) -> list[str]:
    return [log.task_uuid for log in logs]  # type: ignore[attr-defined]


def test_newest_first_is_by_creation_then_by_key() -> None:
    for uuid, minutes in (("old", 0), ("newest", 2), ("twin 1", 1), ("twin 2", 1)):
        a_log(task_uuid=uuid, created=BEGIN + timedelta(minutes=minutes))
    assert _uuids(TaskLog.objects.newest_first()) == ["newest", "twin 2", "twin 1", "old"]


def test_states_finished_or_not_and_by_status() -> None:
    for state in states.STATES:
        a_log(task_uuid=state, started=False, state=state)
    assert set(_uuids(TaskLog.objects.finished())) == states.TERMINAL
    assert set(_uuids(TaskLog.objects.unfinished())) == {"PENDING", "STARTED", "RETRY", "PAUSED"}
    for status in (0, 1, 2):
        found = _uuids(TaskLog.objects.with_status(status))
        assert set(found) == {state for state in states.STATES if states.status_of(state) == status}


def test_owner_and_subject_are_found_by_object_and_by_text() -> None:
    a_log(task_uuid="mine", owner="7", about="auth.user:7")
    a_log(task_uuid="other", owner="70", about="auth.user:70")
    user = User(pk=7)
    for logs in TaskLog.objects, TaskLog.objects.all():
        assert _uuids(logs.owned_by(user)) == _uuids(logs.owned_by("7")) == ["mine"]
        assert _uuids(logs.about(user)) == _uuids(logs.about("auth.user:7")) == ["mine"]
    assert about_key(user) == "auth.user:7"


@isolate_apps("django.contrib.auth")
def test_an_object_is_the_same_subject_through_a_proxy_model() -> None:
    class Buyer(User):
        class Meta:
            proxy = True
            app_label = "auth"

    a_log(task_uuid="mine", about="auth.user:7")
    assert _uuids(TaskLog.objects.about(Buyer(pk=7))) == ["mine"]


def test_tags_have_to_be_there_all() -> None:
    a_log(task_uuid="both", tags=("red", "blue"))
    a_log(task_uuid="red", tags=("red", "Blue", "blue "))
    assert set(_uuids(TaskLog.objects.tagged(["red"]))) == {"both", "red"}
    assert _uuids(TaskLog.objects.tagged(["red", "blue"])) == ["both"]
    assert len(TaskLog.objects.tagged([])) == 2


def test_a_text_is_one_tag_as_where_tasks_are_sent() -> None:
    a_log(task_uuid="tagged", tags=("red",))
    a_log(task_uuid="letters", tags=("r", "e", "d"))
    assert _uuids(TaskLog.objects.tagged("red")) == ["tagged"]


def test_by_tag_the_order_is_the_same_page_by_page() -> None:
    for number in range(5):
        a_log(task_uuid=f"t{number}", created=BEGIN + timedelta(minutes=number // 2), tags=("red", "blue"))
        a_log(created=BEGIN, tags=("blue",))
    logs = TaskLog.objects.tagged(["red", "blue"]).with_place_by_tag()
    pages = [snapshot.items_page(logs, Audience.DETAILS, size=2, order=snapshot.BY_TAG)]
    while pages[-1].next:
        position = pages[-1].next
        pages.append(
            snapshot.items_page(logs, Audience.DETAILS, size=2, order=snapshot.BY_TAG, position=position)
        )
    found = [[item["task_uuid"] for item in page.rows] for page in pages]
    assert found == [["t4", "t3"], ["t2", "t1"], ["t0"]]


def test_search_finds_what_an_id_or_a_name_begins_with() -> None:
    a_log("Import orders", task_uuid="abc-1")
    a_log("import stock", task_uuid="abd-2")
    a_log("Export", task_uuid="import-3")
    a_log("100%_done", task_uuid="xyz")
    found = {
        text: set(_uuids(TaskLog.objects.search(text)))
        for text in ("import", "IMPORT", "abc", "100%_", "_", "")
    }
    assert found["import"] == {"abc-1", "abd-2", "import-3"}
    assert found["IMPORT"] >= {"abc-1", "abd-2"}
    assert (found["abc"], found["100%_"], found["_"]) == ({"abc-1"}, {"xyz"}, set())
    assert len(found[""]) == 4


def test_conditions_of_a_list_are_met_all() -> None:
    a_log("A", task_uuid="1", root="r", owner="7", tags=("x",), about="a.b:1", state="SUCCESS", started=False)
    a_log("A", task_uuid="2", root="r", state="FAILURE", started=False, created=BEGIN + timedelta(days=1))
    matching = TaskLog.objects.all().matching
    assert _uuids(
        matching(name="A", root="r", owner="7", tag=["x"], about="a.b:1", status=1, finished=True)
    ) == ["1"]
    assert _uuids(matching(state=["FAILURE", "LOST"], search="a")) == ["2"]
    assert _uuids(matching(created_after=BEGIN + timedelta(days=1))) == ["2"]
    assert _uuids(matching(created_before=BEGIN + timedelta(days=1))) == ["1"]
    assert _uuids(matching(finished=False)) == []
    assert len(matching()) == 2


def test_the_app_asks_its_own_alias_router_or_not(database: str) -> None:  # noqa: F811
    assert TaskLog.objects.all().db == database
    assert TaskLog.objects.using("default").db == "default"


def test_the_members_of_a_group_are_counted() -> None:
    a_log(group="g", percent=25.5)
    a_log(group="g", percent=99, state=states.RETRY, started=False)
    a_log(group="g", started=False)
    a_log(group="g", percent=40).finish()
    a_log(group="g").finish(states.LOST)
    a_log(group="G").finish()
    counted = TaskLog.objects.count_group("g")
    assert counted == GroupCount(tasks=5, ended=2, succeeded=1, running_percent=124.5, shown_percent=0)
    assert TaskLog.objects.count_group("unknown") == GroupCount(0, 0, 0, 0, 0)


def test_a_group_that_is_a_whole_tree_has_the_percentage_of_the_tree() -> None:
    for _ in range(2):
        a_log(group="g", tree="t")
    TaskTree.objects.create(key="t", tasks=2, percent=70.5, updated=BEGIN)
    assert TaskLog.objects.count_group("g").shown_percent == 70.5
    a_log(group="g", tree="another")
    assert TaskLog.objects.count_group("g").shown_percent == 0
