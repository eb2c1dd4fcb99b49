"""The address of a whole tree of tasks."""

import pytest

from progress_updater.compat.flower_tasks import MOST_CHILDREN
from progress_updater.models import TaskLog, TaskTree
from progress_updater.snapshot.canvas_json import MOST
from tests.rows import BEGIN, a_log

pytestmark = pytest.mark.django_db(databases="__all__")


def _names(answer):
    found, waiting = [], list(answer.json()["children"])
    while waiting:
        node = waiting.pop()
        waiting += node["children"]
        found += [node["task_name"]] if node["kind"] == "task" else []
    return sorted(found)


def test_every_member_shows_the_same_tree(reader):
    logs = [a_log(name, tree="t") for name in "abc"]
    a_log("another", tree="u")

    for log in logs:
        answer = reader.of(log, "tree")
        assert _names(answer) == ["a", "b", "c"]
        assert [node["task_uuid"] for node in answer.json()["children"] if node["asked"]] == [log.task_uuid]


def test_tasks_of_other_people_are_left_out(a_reader):
    owner = a_reader()
    mine = a_log("mine", tree="t", owner=str(owner.user.pk))
    theirs = a_log("theirs", tree="t", owner="somebody else")

    assert _names(owner.of(mine, "tree")) == ["mine"]
    assert owner.of(theirs, "tree").status_code == 404


def test_an_owner_is_not_told_how_many_tasks_of_other_people_there_are(a_reader):
    owner, viewer = a_reader(), a_reader("view_tasklog")
    mine = a_log("mine", tree="t", owner=str(owner.user.pk), started=False, state="LOST")
    TaskTree.objects.create(key="t", tasks=500, done=40, failed=30, percent=8.0, updated=BEGIN)
    percent_alone = {"tasks": None, "done": None, "failed": None, "percent": 8}

    assert owner.of(mine).json()["whole"] == percent_alone
    assert owner.get("/api/tasklogs/").json()["results"][0]["whole"] == percent_alone
    assert owner.of(mine, "tree").json()["whole"] == {"tasks": 1, "done": 1, "failed": 1, "percent": 8}
    for part in ("detail", "tree"):
        shown = {"tasks": 500, "done": 40, "failed": 30, "percent": 8}
        assert viewer.of(mine, part).json()["whole"] == shown


def test_it_takes_no_parameter(reader):
    answer = reader.of(a_log(), "tree", QUERY_STRING="x=1")

    assert (answer.status_code, answer.json()["param"]) == (400, "x")


def test_a_record_is_new_when_its_tree_was_counted_again(reader):
    log = a_log(tree="t")
    tree = TaskTree.objects.create(key="t", tasks=2, done=0, failed=0, percent=0.0, updated=BEGIN)
    etag = reader.of(log).headers["ETag"]
    assert reader.of(log, headers={"If-None-Match": etag}).status_code == 304

    tree.done, tree.updated = 1, log.at
    tree.save()
    answer = reader.of(log, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.json()["whole"]["done"]) == (200, 1)


def _with_children(count, **columns):
    """Make a task that has sent many, as one group."""
    parent = a_log("parent", task_uuid="parent", tree="parent", started=False)
    TaskLog.objects.bulk_create(
        (
            TaskLog(
                task_uuid=f"child-{number}", task_name="child", created=BEGIN, updated=BEGIN, tree="parent",
                root="parent", parent="parent", group="g", position=number, **columns,
            )
            for number in range(count)
        ),
        batch_size=500,
    )  # fmt: skip
    return parent


@pytest.mark.urls("tests.compat.all_urls")
def test_a_task_with_ten_thousand_children_is_answered_everywhere(reader):
    parent = _with_children(10_000, state="SUCCESS")

    tree = reader.of(parent, "tree")
    group = reader.get("/celery-progress/g/g/").json()
    flowers = reader.get("/flower/api/task/info/parent").json()

    assert tree.json()["truncated"] == {"tasks": 10_001 - MOST}
    assert len(_names(tree)) == MOST
    assert group["progress"] == {"total": 1_000_000, "current": 1_000_000, "percent": 100.0}
    assert len(flowers["children"]) == MOST_CHILDREN
    assert len(reader.get("/flower/api/tasks").content) < 2_000_000
    for part in ("detail", "messages", "steps", "log"):
        assert reader.of(parent, part).status_code == 200


@pytest.mark.parametrize(
    "circle",
    [
        {"a": {"parent": "a", "root": "a", "previous": "a", "group": "a", "tree": "a", "retry_of": "a"}},
        {"a": {"parent": "b", "root": "b"}, "b": {"parent": "a", "root": "a"}},
        {"a": {"previous": "b"}, "b": {"previous": "c"}, "c": {"previous": "a"}},
        {"a": {"group": "b", "previous": "g"}, "b": {"group": "g", "parent": "a"}},
    ],
)
@pytest.mark.urls("tests.compat.all_urls")
def test_a_circle_made_by_hand_is_answered_everywhere(reader, circle):
    logs = [
        a_log(key, task_uuid=key, started=False, state="SUCCESS", **{"tree": "t", **columns})
        for key, columns in circle.items()
    ]
    count = len(circle)

    for log in logs:
        tree = reader.of(log, "tree")
        assert _names(tree) == sorted(circle)
        assert tree.json()["whole"] == {"tasks": count, "done": count, "failed": 0, "percent": 0}
        assert reader.of(log).status_code == 200
        assert reader.get(f"/flower/api/task/info/{log.task_uuid}").status_code == 200
        assert reader.get(f"/celery-progress/g/{log.row.group or 'g'}/").status_code == 200
    assert reader.get("/api/tasklogs/", {"root": "a"}).status_code == 200
