"""What Flower answers about tasks, we answer."""

from datetime import timedelta
from typing import Any

import pytest
from celery.events.state import State, Task
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from flower.utils.search import QuerySyntaxError, TaskSearchEngine
from flower.utils.tasks import SORT_KEYS, as_dict

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.settings import current
from tests.rows import BEGIN, ALog, a_failure, a_log

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.compat.project_urls"),
]

LIST = "/flower/api/tasks"


def info(reader: Client, log: ALog) -> dict[str, Any]:
    answer = reader.get(f"/flower/api/task/info/{log.task_uuid}")
    assert answer.status_code == 200
    return answer.json()


def found(reader: Client, **parameters: Any) -> list[str]:
    answer = reader.get(LIST, parameters)
    assert answer.status_code == 200, answer.json()
    return list(answer.json())


def refused(reader: Client, **parameters: Any) -> str:
    answer = reader.get(LIST, parameters)
    assert answer.status_code == 400
    return answer.json()["param"]


def ordered(name: str, **columns: Any) -> ALog:
    """Make a task whose id is its name."""
    return a_log(name, task_uuid=name, celery_name=name, **columns)


# ---------------------------------------------------------------- the shape


def their_task(*events: tuple[str, dict[str, Any]]) -> Task:
    """Return the task that Flower makes of Celery's events."""
    state = State()
    for second, (kind, fields) in enumerate(events, 1):
        common = {"uuid": "one", "hostname": "celery@host", "timestamp": float(second), "clock": second}
        state.event({"type": f"task-{kind}", "local_received": float(second), "pid": 1, **common, **fields})
    return state.tasks["one"]


SENT = {
    "name": "shop.add", "args": "(1, 2)", "kwargs": "{'a': 3}", "root_id": "one", "parent_id": None,
    "retries": 0, "eta": None, "expires": None, "queue": "celery", "exchange": "", "routing_key": "celery",
}  # fmt: skip
BEGUN = (("sent", SENT), ("received", SENT), ("started", {}))
CALL: dict[str, Any] = {
    "task_uuid": "one", "celery_name": "shop.add", "queued": BEGIN, "queue": "celery", "root": "one",
    "args": [1, 2], "kwargs": {"a": 3}, "arguments_kept": True,
}  # fmt: skip


def the_same_as_theirs(ours: dict[str, Any], theirs: dict[str, Any], *, may_differ: set[str]) -> None:
    """Compare: what does not differ by its nature is equal, all else is of the same type."""
    assert list(ours) == list(theirs)
    for key, value in theirs.items():
        if key not in may_differ:
            assert ours[key] == value, key
        elif value is not None:
            assert type(ours[key]) is type(value), key


TIMES = {"received", "sent", "started", "succeeded", "failed", "retried", "revoked", "timestamp", "runtime"}
OF_THE_CLIENT = {"clock", "client", "exchange"}
"""Which Celery's events tell, and no table keeps."""


def theirs_of(task: Task) -> dict[str, Any]:
    """Return what Flower answers."""
    worker = None if task.worker is None else task.worker.hostname
    return {**task.as_dict(), "worker": worker, "client": None, "exchange": None}


def test_a_task_that_was_sent_looks_as_theirs(reader):
    theirs = theirs_of(their_task(("sent", SENT)))
    the_same_as_theirs(info(reader, a_log(started=False, **CALL)), theirs, may_differ=TIMES | OF_THE_CLIENT)


def test_a_task_that_runs_looks_as_theirs(reader):
    the_same_as_theirs(
        info(reader, a_log(**CALL)), theirs_of(their_task(*BEGUN)), may_differ=TIMES | OF_THE_CLIENT
    )


@pytest.mark.parametrize("result", [7, "x" * 2_000, {"a": [1, None]}, None])
def test_a_task_that_succeeded_looks_as_theirs(reader, result):
    from celery.utils.saferepr import saferepr

    theirs = their_task(*BEGUN, ("succeeded", {"result": saferepr(result, 1_024), "runtime": 3.5}))
    log = a_log(**CALL).finish(result=result, result_kept=True)
    the_same_as_theirs(info(reader, log), theirs_of(theirs), may_differ=TIMES | OF_THE_CLIENT)


@pytest.mark.parametrize(
    ("kind", "fields", "state"),
    [
        ("failed", {}, states.FAILURE),
        ("failed", {}, states.LOST),
        ("revoked", {"terminated": True}, states.REVOKED),
    ],
)
def test_a_task_that_came_to_a_bad_end_looks_as_theirs(reader, kind, fields, state):
    failure = a_failure(None)
    if kind == "failed":
        fields = {"exception": "ZeroDivisionError('division by zero')", "traceback": failure["traceback"]}
    log = a_log(**CALL).finish(state, failure)
    theirs = theirs_of(their_task(*BEGUN, (kind, fields)))
    # Celery's event of a failure tells no run time; of a revoked task there is no traceback.
    the_same_as_theirs(info(reader, log), theirs, may_differ=TIMES | OF_THE_CLIENT | {"traceback"})
    assert info(reader, log)["runtime"] > 0


def test_a_task_that_is_tried_again_looks_as_theirs(reader):
    failure = a_failure(None)
    exception = {"exception": "ZeroDivisionError('division by zero')", "traceback": failure["traceback"]}
    log = a_log(**CALL)
    log.end_attempt(states.RETRY, failure)
    log.set(state=states.RETRY)
    theirs = theirs_of(their_task(*BEGUN, ("retried", exception)))
    ours = info(reader, log)
    # Celery counts a retry once it has begun.
    the_same_as_theirs(ours, theirs, may_differ=TIMES | OF_THE_CLIENT | {"retries"})
    assert (ours["retries"], ours["retried"] >= ours["started"]) == (1, True)


def test_a_list_has_the_same_shape(reader):
    a_log(started=False, **CALL)
    a_log(**{**CALL, "task_uuid": "two"}).finish()
    waiting, done = as_dict(their_task(("sent", SENT))), as_dict(their_task(*BEGUN, ("succeeded", {})))
    waiting.pop("worker")
    done["worker"] = done.pop("worker").hostname
    answer = reader.get(LIST).json()
    assert list(answer) == ["two", "one"]
    assert list(answer["one"]) == list(waiting)
    assert list(answer["two"]) == list(done)
    assert answer["two"]["worker"] == done["worker"]


def test_children_and_parents_are_named(reader):
    parent = a_log(task_uuid="parent", root="parent")
    for name in ("first", "second"):
        a_log(task_uuid=name, root="parent", parent="parent")
    a_log(task_uuid="grandchild", root="parent", parent="first")
    shown = info(reader, parent)
    assert (shown["children"], shown["parent"], shown["root"]) == (["first", "second"], None, "parent")
    child = reader.get(LIST).json()["first"]
    assert (child["children"], child["parent_id"], child["root_id"]) == (["grandchild"], "parent", "parent")


def test_arguments_that_nobody_told_are_unknown(reader):
    shown = info(reader, a_log().finish())
    assert (shown["args"], shown["kwargs"], shown["result"]) == (None, None, None)


def test_an_id_may_have_slashes(reader):
    assert info(reader, a_log(task_uuid="a/b c"))["uuid"] == "a/b c"


def test_the_names_of_all_tasks(reader):
    for name in ("shop.b", "shop.a", "shop.b"):
        a_log(celery_name=name)
    a_log("label alone")
    assert reader.get("/flower/api/task/types").json() == {"task-types": ["label alone", "shop.a", "shop.b"]}


# ---------------------------------------------------------------- filters


def test_limit_and_offset_cut_the_list(reader):
    for number in range(4):
        ordered(f"task-{number}", created=BEGIN + timedelta(minutes=number))
    assert found(reader) == ["task-3", "task-2", "task-1", "task-0"]
    assert found(reader, limit=2) == ["task-3", "task-2"]
    assert found(reader, limit=2, offset=1) == ["task-2", "task-1"]
    assert found(reader, offset=-5, limit=1) == ["task-3"]
    assert found(reader, limit=0) == found(reader, limit=-1) == []
    assert found(reader, offset=10**30) == []
    assert len(found(reader, limit=10**30)) == 4


def test_no_list_is_longer_than_the_limit(reader, monkeypatch):
    from progress_updater.compat import flower

    monkeypatch.setattr(flower, "LARGEST_LIMIT", 2)
    for number in range(3):
        ordered(f"task-{number}")
    assert len(found(reader, limit=3)) == 2


@pytest.mark.parametrize("key", sorted(SORT_KEYS))
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_of_theirs_is_one_of_ours(reader, key, sign):
    ordered("b", created=BEGIN + timedelta(minutes=1), started=False)
    ordered("a", created=BEGIN + timedelta(minutes=2))
    ordered("c", created=BEGIN).finish()
    assert found(reader, sort_by=sign + key) == their_ids(reader, "", sort_by=key, descending=bool(sign))


def test_filters_by_name_worker_and_state(reader):
    ordered("shop.a")
    ordered("shop.b", started=False)
    ordered("shop.lost").finish(states.LOST)
    ordered("shop.failed").finish(states.FAILURE)
    assert found(reader, taskname="SHOP.a") == ["shop.a"]
    assert found(reader, taskname="shop") == []
    assert set(found(reader, workername="Celery@host")) == {"shop.a", "shop.lost", "shop.failed"}
    assert found(reader, workername="celery@") == []
    assert set(found(reader, state="failure")) == {"shop.lost", "shop.failed"}
    assert found(reader, state="NO_SUCH_STATE") == []
    everything = {"taskname": "All", "workername": "All", "state": "All", "search": ""}
    assert len(found(reader, **everything)) == 4


def test_the_worker_is_that_of_the_newest_attempt(reader):
    log = ordered("shop.a")
    log.end_attempt(states.RETRY)
    log.attempt(worker="celery@other")
    assert found(reader, workername="celery@host") == []
    assert found(reader, workername="celery@other") == ["shop.a"]


def test_filters_by_time_in_the_time_zone_of_the_project(reader, settings):
    for minute in (0, 1, 2):
        ordered(f"task-{minute}", created=BEGIN.replace(minute=minute, second=0, microsecond=0))
    assert found(reader, received_start="2019-08-08 14:01") == ["task-2", "task-1"]
    assert found(reader, received_end="2019-08-08 14:01") == ["task-1", "task-0"]
    settings.TIME_ZONE = "Europe/Berlin"
    assert found(reader, received_start="2019-08-08 16:02") == ["task-2"]


def test_what_cannot_be_understood_is_refused_by_name(reader):
    assert refused(reader, limit="many") == "limit"
    assert refused(reader, sort_by="runtime") == "sort_by"
    assert refused(reader, received_start="yesterday") == "received_start"
    with timezone.override("Asia/Tokyo"):
        assert refused(reader, received_start="0001-01-01 00:00") == "received_start"
    assert refused(reader, search="name:") == "search"
    assert found(reader, unknown="parameter") == []


# ---------------------------------------------------------------- search


def their_ids(reader: Client, query: str, **options: Any) -> list[str]:
    """Return what Flower finds among the tasks of our own answer."""
    engine, tasks = TaskSearchEngine(), {}
    for task_id, fields in reader.get(LIST).json().items():
        kept = {key: value for key, value in fields.items() if key not in {"root", "parent", "children"}}
        tasks[task_id] = Task(**kept)
    engine.rebuild(tasks.items())
    return engine.search(tasks, query, **options).task_ids


@pytest.fixture
def shop(db: None) -> None:
    ordered("shop.import_orders", args=["orders.csv", 412], kwargs={"mode": "fast", "level": 3}).finish(
        result={"rows": 412}, result_kept=True
    )
    ordered("shop.export_orders", args=["stock.csv"], kwargs={"mode": "slow"}).finish(
        states.FAILURE, a_failure(None)
    )
    ordered("mail.send newsletter", started=False, args=[], kwargs={})
    ordered("mail.send-report", kwargs={"mode": "FAST", "to": "a (b)"})


@pytest.mark.parametrize(
    "query",
    [
        "orders", "ORDERS", "name:orders", "orders export", "orders AND export", "import OR export",
        "state:success", "state:FAILURE OR state:PENDING", "(import OR export) AND state:success",
        "import OR export state:failure", "((import))", 'name:"send newsletter"', '"send newsletter"',
        "worker:celery@host", "worker:nobody", "args:stock", "args:412", "kwargs:slow", "kwargs:mode=fast",
        "kwargs:mode=slow OR result:412", "kwargs:mode=fas", 'kwargs:"to=a (b)"', "result:rows",
        "NAME:orders",
        "unknown:orders", "nothing such", "  ", 'na"me:ord"ers', "success", "mail.send-report",
        "AND_orders", '"AND"', "name:send state:started",
    ],
)  # fmt: skip
def test_a_search_finds_what_theirs_finds(reader, shop, query):
    assert set(found(reader, search=query)) == set(their_ids(reader, query))


@pytest.mark.parametrize(
    "query",
    [
        "a", "ab", "name:ab", "name:", "state:", "(", ")", "()", "(orders", "orders)", "AND", "orders AND",
        "OR orders", "orders OR OR stock", "NOT orders", "-orders", '"orders', '""', "((((((orders))))))",
        "orders " * 129, "x" * 2_049, "kwargs:",
    ],
)  # fmt: skip
def test_a_search_that_they_refuse_is_refused(reader, query):
    with pytest.raises(QuerySyntaxError):
        their_ids(reader, query)
    assert refused(reader, search=query) == "search"


@pytest.mark.parametrize(
    "query",
    ['kwargs:"\'; DROP=x"', 'kwargs:"$.mode=fast"', "kwargs:=fast", "kwargs:a=", "%%%", "___", '\\\\"' * 50],
)
def test_no_search_is_an_error_of_the_server(reader, shop, query):
    assert reader.get(LIST, {"search": query}).status_code in {200, 400}
    assert found(reader, search="%%%") == found(reader, search="___") == []


# ---------------------------------------------------------------- who reads


def test_only_readers_of_details_read(a_reader):
    log = a_log()
    for address in (LIST, "/flower/api/task/types", f"/flower/api/task/info/{log.task_uuid}"):
        assert Client().get(address).status_code == 401
        assert a_reader("view_tasklog").get(address).status_code == 403
        assert a_reader("view_tasklog_details").get(address).status_code == 200


def test_an_unknown_task_is_not_found(reader):
    answer = reader.get("/flower/api/task/info/unknown")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_list_takes_few_queries_however_long_it_is(reader):
    def queries() -> int:
        with CaptureQueriesContext(connections[current().DATABASE]) as captured:
            found(reader)
        return len([query for query in captured if "progress_updater" in query["sql"]])

    a_log()
    before = queries()
    for _ in range(20):
        a_log()
    assert TaskLog.objects.count() == 21
    assert queries() == before
