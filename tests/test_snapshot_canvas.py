"""The tree of a task: each of the tasks that belong together stands in its place, once."""

import json
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from progress_updater import snapshot, states
from progress_updater.models import TaskLog, TaskTree
from progress_updater.policy import Audience
from progress_updater.settings import current
from progress_updater.snapshot.canvas import DEEPEST
from progress_updater.snapshot.canvas_json import MOST
from tests.rows import BEGIN

pytestmark = pytest.mark.django_db(databases="__all__")


def a_task(key: str, **columns: Any) -> TaskLog:
    """Make the log of a task of the tree."""
    return TaskLog.objects.create(
        task_uuid=key, task_name=key, created=BEGIN, updated=BEGIN, **{"tree": "t", **columns}
    )


def shown(log: TaskLog) -> dict[str, Any]:
    picture: dict[str, Any] = json.loads(
        json.dumps(snapshot.canvas(log, TaskLog.objects.all(), Audience.DETAILS))
    )
    return picture


def outline(nodes: list[dict[str, Any]]) -> list[Any]:
    """Name the nodes: a task "a", one with children ("a", [...]), a group {"g": [...]}."""

    def name(node: dict[str, Any]) -> Any:
        inside = outline(node["children"])
        if node["kind"] == "group":
            return {node["group"]: inside}
        return (node["task_uuid"], inside) if inside else node["task_uuid"]

    return [name(node) for node in nodes]


def outline_of(log: TaskLog) -> list[Any]:
    return outline(snapshot.canvas(log, TaskLog.objects.all(), Audience.DETAILS)["children"])


def test_a_task_alone_is_its_own_tree() -> None:
    picture = shown(a_task("a", tree=None))
    assert (picture["tree"], picture["truncated"]) == (None, None)
    assert picture["whole"] == {"tasks": 1, "done": 0, "failed": 0, "percent": 0}
    assert [node["asked"] for node in picture["children"]] == [True]


def test_a_chain_stands_side_by_side_in_its_order() -> None:
    a_task("c", previous="b", parent="b")
    a_task("b", previous="a", parent="a")
    assert outline_of(a_task("a")) == ["a", "b", "c"]


def test_what_a_task_sends_stands_inside_of_it() -> None:
    a_task("b", parent="a")
    a_task("c", parent="b")
    assert outline_of(a_task("a")) == [("a", [("b", ["c"])])]


def test_a_group_in_a_chain_is_a_node_between_its_neighbours() -> None:
    a_task("e", previous="d", parent="d")
    a_task("d", previous="g", parent="c")
    a_task("c", previous="a", parent="a", group="g", position=1)
    a_task("b", previous="a", parent="a", group="g", position=0)
    assert outline_of(a_task("a")) == ["a", {"g": ["b", "c"]}, "d", "e"]


def test_chains_in_a_group_stand_in_it() -> None:
    a_task("d", group="g", position=1)
    a_task("b", previous="a", parent="a", group="g", position=0)
    assert outline_of(a_task("a", group="g", position=0)) == [{"g": ["a", "b", "d"]}]


def test_a_chord_in_the_header_of_another_one() -> None:
    for position, key in enumerate("ab"):
        a_task(key, group="inner", position=position)
    a_task("c", previous="inner", parent="b", group="outer", position=0)
    a_task("d", group="outer", position=1)
    last = a_task("e", previous="outer", parent="c")
    assert outline_of(last) == [{"outer": [{"inner": ["a", "b"]}, "c", "d"]}, "e"]


def test_a_header_that_is_made_of_chords_alone() -> None:
    for key, group in (("a", "one"), ("b", "one"), ("d", "two"), ("e", "two")):
        a_task(key, group=group, parent="r", position="abde".index(key) % 2)
    a_task("c", previous="one", parent="b", group="outer", position=0)
    a_task("f", previous="two", parent="e", group="outer", position=1)
    a_task("g", previous="outer", parent="f")
    sent = [{"outer": [{"one": ["a", "b"]}, "c", {"two": ["d", "e"]}, "f"]}, "g"]
    assert outline_of(a_task("r")) == [("r", sent)]


def test_a_group_that_follows_a_group() -> None:
    for position, key in enumerate("ab"):
        a_task(key, group="g", position=position)
    for position, key in enumerate("cd"):
        a_task(key, previous="g", parent="b", group="h", position=position)
    assert outline_of(a_task("e", previous="h", parent="d")) == [{"g": ["a", "b"]}, {"h": ["c", "d"]}, "e"]


def test_a_group_that_a_task_has_sent_stands_inside_of_it() -> None:
    a_task("b", parent="a", group="g", position=0)
    a_task("c", parent="a", group="g", position=1)
    assert outline_of(a_task("a")) == [("a", [{"g": ["b", "c"]}])]


def test_the_tasks_of_a_parent_that_nobody_knows_stand_outside() -> None:
    a_task("b", parent="gone", previous="gone too")
    assert outline_of(a_task("a")) == ["b", "a"]


@pytest.mark.parametrize(
    "columns",
    [
        {"a": {"parent": "b"}, "b": {"parent": "a"}},
        {"a": {"previous": "b"}, "b": {"previous": "a"}},
        {"a": {"previous": "a"}, "b": {"parent": "b"}},
        {"a": {"group": "g", "previous": "g"}, "b": {"group": "g", "parent": "a"}},
        {"a": {"parent": "b"}, "b": {"previous": "c"}, "c": {"parent": "a"}},
        {"a": {"group": "g", "parent": "b"}, "b": {"group": "h", "parent": "a"}},
        {"a": {"group": "g", "previous": "h"}, "b": {"group": "h", "previous": "g"}},
        {"g": {"group": "g", "previous": "g", "parent": "g"}},
    ],
)
def test_a_circle_made_by_hand_shows_every_task_once(columns: dict[str, dict[str, str]]) -> None:
    logs = [a_task(key, **values) for key, values in columns.items()]
    assert sorted(_keys(shown(logs[0])["children"])) == sorted(columns)


def _keys(nodes: list[dict[str, Any]]) -> list[str]:
    found, waiting = [], list(nodes)
    while waiting:
        node = waiting.pop()
        waiting += node["children"]
        found += [node["task_uuid"]] if node["kind"] == "task" else []
    return found


def _many(count: int, **columns: Any) -> TaskLog:
    logs = [
        TaskLog(
            task_uuid=str(number), task_name="T", created=BEGIN, updated=BEGIN, tree="t",
            **{name: make(number) for name, make in columns.items()},
        )
        for number in range(count)
    ]  # fmt: skip
    TaskLog.objects.bulk_create(logs, batch_size=500)
    return TaskLog.objects.get(task_uuid=str(count - 1))


def test_of_ten_thousand_tasks_the_first_are_shown_and_the_one_that_is_asked_for() -> None:
    last = _many(10_000, group=lambda _: "g", position=lambda number: number)
    picture = shown(last)
    assert picture["truncated"] == {"tasks": 10_000 - MOST - 1}
    (group,) = picture["children"]
    assert [node["task_uuid"] for node in group["children"] if node["asked"]] == ["9999"]
    assert len(group["children"]) == MOST + 1


def test_a_long_chain_is_not_nested() -> None:
    log = _many(MOST, previous=lambda number: str(number - 1), parent=lambda number: str(number - 1))
    picture = shown(log)
    assert [node["task_uuid"] for node in picture["children"]] == [str(number) for number in range(MOST)]
    assert picture["truncated"] is None


def test_very_deep_nesting_is_cut() -> None:
    picture = shown(_many(MOST, parent=lambda number: str(number - 1)))
    assert picture["truncated"] == {"tasks": MOST - DEEPEST}


def test_columns_that_no_node_shows_are_not_read() -> None:
    log = a_task("a", args=["a"], result="b")
    with CaptureQueriesContext(connections[current().DATABASE]) as asked:
        shown(log)
    assert not any('"result"' in query["sql"] or '"kwargs"' in query["sql"] for query in asked)


class TestWhole:
    def test_of_a_task_alone_it_is_its_own_progress(self) -> None:
        whole = shown(a_task("a", tree=None, state=states.STARTED, percent=12.5))["whole"]
        assert whole == {"tasks": 1, "done": 0, "failed": 0, "percent": 12.5}
        whole = shown(a_task("b", tree=None, state=states.LOST))["whole"]
        assert whole == {"tasks": 1, "done": 1, "failed": 1, "percent": 100}

    def test_before_it_is_counted_the_percentage_is_zero_so_that_it_never_falls(self) -> None:
        a_task("a", state=states.SUCCESS)
        a_task("b", state=states.FAILURE)
        a_task("c", state=states.STARTED, percent=50.0)
        whole = shown(a_task("d"))["whole"]
        assert whole == {"tasks": 4, "done": 2, "failed": 1, "percent": 0}

    def test_it_never_falls_below_what_was_counted(self) -> None:
        TaskTree.objects.create(key="t", tasks=2, done=1, failed=0, percent=75.0, updated=BEGIN)
        a_task("a")
        assert shown(a_task("b"))["whole"] == {"tasks": 2, "done": 1, "failed": 0, "percent": 75}

    def test_of_a_tree_that_is_not_shown_whole_the_count_is_shown(self) -> None:
        TaskTree.objects.create(key="t", tasks=20, done=10, failed=5, percent=50.0, updated=BEGIN)
        assert shown(a_task("a", state=states.SUCCESS))["whole"] == {
            "tasks": 20, "done": 10, "failed": 5, "percent": 50,
        }  # fmt: skip

    def test_lists_and_details_carry_the_count(self) -> None:
        TaskTree.objects.create(key="t", tasks=3, done=1, failed=0, percent=100 / 3, updated=BEGIN)
        log, alone = a_task("a"), a_task("b", tree=None)
        found = snapshot.items([log, alone], snapshot_audience())
        assert [item["whole"] and item["whole"]["done"] for item in found] == [1, None]
        assert snapshot.detail(log, snapshot_audience())["whole"] == found[0]["whole"]

    def test_a_page_takes_one_more_query(self, django_assert_num_queries: Any) -> None:
        logs = [a_task(str(number), tree=str(number)) for number in range(20)]
        with django_assert_num_queries(3, using=current().DATABASE):
            snapshot.items(logs, snapshot_audience())
        with django_assert_num_queries(2, using=current().DATABASE):
            snapshot.items(logs, snapshot_audience(), keys={"state"})


def snapshot_audience() -> Any:
    return Audience.DETAILS
