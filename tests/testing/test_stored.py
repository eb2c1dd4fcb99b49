"""What is put together in memory is what the database would hold."""

from typing import Any

import pytest
from celery import shared_task

from progress_updater import TaskUpdater
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.settings import current
from progress_updater.testing import record_tasks
from progress_updater.testing.database_record import record_in_database
from progress_updater.testing.memory_record import record_in_memory
from progress_updater.testing.stored import Stored
from progress_updater.writing.channels import channel
from progress_updater.writing.sinks.inline import InlineSink
from progress_updater.writing.sources import OneChange
from tests.testing.programs import fail_all, import_orders
from tests.writing.changes import (
    BEGIN,
    a_change,
    a_line,
    a_run,
    a_settlement,
    a_step,
    an_end_of_the_replacement,
    told,
)

pytestmark = pytest.mark.django_db(databases="__all__")

OF_THE_MOMENT = {
    "now", "updated", "rate", "remaining", "runtime", "task_uuid", "root", "parent", "at", "start", "end",
    "queued", "traceback", "tree", "previous",
}  # fmt: skip


def _lasting(json: Any) -> Any:
    """Leave out what differs from one execution to the next, but not whether it is there."""
    if isinstance(json, dict):
        return {
            key: value is None if key in OF_THE_MOMENT and not isinstance(value, int) else _lasting(value)
            for key, value in json.items()
        }
    return [_lasting(item) for item in json] if isinstance(json, list) else json


def _without_the_clock(record: dict[str, Any]) -> dict[str, Any]:
    running = {"now", "updated"} | (set() if record["end"] else {"runtime"})
    steps = [{**step, "runtime": step["end"] and step["runtime"]} for step in record["steps"]]
    return {key: value for key, value in record.items() if key not in running} | {"steps": steps}


def test_every_key_of_a_record_is_the_same_in_memory_and_in_the_tables() -> None:
    with record_tasks() as in_memory:
        fail_all()
    with record_tasks(store=True) as in_tables:
        fail_all()
    assert [log.name for log in in_memory] == [log.name for log in in_tables]
    for memory, tables in zip(in_memory, in_tables, strict=True):
        assert _lasting(memory.json) == _lasting(tables.json)
        assert memory.texts == tables.texts


@shared_task(name="shop.order")
def order() -> None:
    """Send others."""
    import_orders.apply()
    import_orders.apply(args=[2])


@pytest.mark.parametrize("store", [False, True])
def test_how_far_all_tasks_are_that_belong_together_is_there(store: bool) -> None:
    with record_tasks(store=store) as logs:
        order.apply()
        import_orders.apply()
    assert [log.json["whole"] for log in logs] == [
        *[{"tasks": 3, "done": 3, "failed": 1, "percent": 100}] * 3,
        None,
    ]


@pytest.mark.parametrize("store", [False, True])
def test_how_far_they_are_changes_while_they_go_on(store: bool) -> None:
    identity = Identity(task_name="TEST", tree="tree")
    with record_tasks(store=store) as logs:
        for change in (a_change("a", identity=identity), a_change("b", a_run("r"), identity=identity)):
            channel().prompt(OneChange(change))
        assert logs[0].json["whole"] == {"tasks": 2, "done": 0, "failed": 0, "percent": 0}
        channel().prompt(OneChange(a_change("b", a_run("r", "SUCCESS", is_new=False))))
        assert logs[0].json["whole"] == {"tasks": 2, "done": 1, "failed": 0, "percent": 50}


HISTORIES: dict[str, list[LogChange]] = {
    "sent": [a_change("t", identity=Identity(task_name="TEST", celery_name="c", queue="q", queued=1.5))],
    "sent after it began": [
        a_change("t", a_run("r"), identity=Identity(task_name="named", celery_name="c")),
        a_change("t", identity=Identity(task_name="TEST", celery_name="c", queue="q", owner="7")),
    ],
    "told to have failed after it was told that it never comes": [
        a_change("t"),
        a_settlement("t", "IGNORED", failure=None),
        a_settlement("t", "FAILURE"),
    ],
    "told that it never comes after it has failed": [
        a_change("t"),
        a_settlement("t", "FAILURE"),
        a_settlement("t", "IGNORED", failure=None),
    ],
    "replaced by what has ended too early": [
        a_change("t", a_run("r", "RETRY"), identity=Identity(task_name="TEST", celery_name="c")),
        an_end_of_the_replacement("t"),
    ],
    "replaced by what has ended before that was known": [
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c")),
        an_end_of_the_replacement("t"),
        a_change("t", a_run("r", "RETRY", is_new=False), identity=Identity(task_name="TEST")),
    ],
    "waiting for what has ended too early": [a_change("t"), an_end_of_the_replacement("t")],
    "over when what has replaced it ends": [
        a_change("t", a_run("r", "SUCCESS"), identity=Identity(task_name="TEST", celery_name="c")),
        an_end_of_the_replacement("t"),
    ],
    "revoked before it began": [a_change("t"), a_settlement("t", "REVOKED")],
    "settled without being known": [a_settlement("t")],
    "ended while it waited": [a_change("t"), a_settlement("t", "REVOKED", only_waiting=True)],
    "not ended, for it had begun": [
        a_change("t", a_run("r")),
        a_settlement("t", "REVOKED", only_waiting=True),
        a_change("t", a_run("r", "SUCCESS", is_new=False)),
    ],
    "killed": [
        a_change("t", a_run("r", steps=[a_step(1, 1), a_step(2, 2, parent=1, end=1.0, state="SUCCESS")])),
        a_settlement("t", "FAILURE"),
    ],
    "lost, until somebody knows better": [
        a_change("t", a_run("r", steps=[a_step(1, 1)])),
        a_settlement("t", "LOST"),
        a_settlement("t", "FAILURE", end=BEGIN + 100),
        a_settlement("t", "LOST"),
    ],
    "settled after its success": [a_change("t", a_run("r", "SUCCESS")), a_settlement("t")],
    "tried again": [
        a_change("t", a_run("r", "RETRY"), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("s", messages=[a_line(2)]), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("s", "SUCCESS", is_new=False)),
    ],
    "due later": [
        a_change("t", identity=Identity(task_name="TEST", celery_name="c", eta=5.0, expires=9.0)),
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c", eta=5.0)),
    ],
    "tried again later": [
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c", eta=5.0)),
        a_change("t", a_run("r", "RETRY", is_new=False), identity=Identity(task_name="TEST", eta=6.0)),
    ],
    "begun again": [
        a_change("t", a_run("r", "RETRY"), identity=Identity(task_name="TEST", celery_name="c", eta=6.0)),
        a_change("t", a_run("s"), identity=Identity(task_name="TEST", celery_name="c")),
    ],
    "begun again before its retry is told": [
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("s"), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("r", "RETRY", is_new=False), identity=Identity(task_name="TEST", eta=6.0)),
    ],
    "revoked before it is tried again": [
        a_change("t", a_run("r", "RETRY"), identity=Identity(task_name="TEST", celery_name="c", eta=6.0)),
        a_settlement("t", "REVOKED"),
    ],
    "cut off, to be tried again later": [
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c")),
        a_settlement("t", "RETRY", identity=Identity(task_name="TEST", eta=6.0)),
    ],
    "given and returned": [
        a_change("t", identity=Identity(task_name="TEST", args="[1]", kwargs='{"a":null}', options="{}")),
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", args="[2]", arguments_kept=True)),
        told(a_change("t", a_run("r", "SUCCESS", is_new=False)), result='["…"]', result_kept=False),
    ],
    "an older attempt ends later": [
        a_change("t", a_run("r")),
        a_change("t", a_run("s")),
        a_change("t", a_run("s", "FAILURE", is_new=False)),
        a_change("t", a_run("r", "RETRY", is_new=False)),
    ],
    "the first success is final": [
        a_change("t", a_run("r"), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("s"), identity=Identity(task_name="TEST", celery_name="c")),
        a_change("t", a_run("r", "SUCCESS", is_new=False)),
        a_change("t", a_run("s", "FAILURE", is_new=False)),
    ],
    "opened again outside of Celery": [
        a_change("t", a_run("r", "SUCCESS")),
        a_change("t", a_run("r", is_new=False, steps=[a_step(1, 5, 1)])),
    ],
    "a line that replaces another": [
        a_change("t", a_run("r", messages=[a_line(1, replace="x"), a_line(2)])),
        a_change("t", a_run("r", is_new=False, messages=[a_line(3, 1, replace="x", replaces=(1,))])),
    ],
    "the same flush twice": [a_change("t", a_run("r", messages=[a_line(1)]))] * 2,
    "secrets by keys and by the signature, told in two steps": [
        a_change(
            "t",
            identity=Identity(
                task_name="TEST", args='["bob","x"]', parameters=("user", "password"), arguments_kept=True
            ),
        ),
        told(
            a_change(
                "t", a_run("r", "SUCCESS"), identity=Identity(task_name="TEST", tags=("ghp_" + "a1" * 18,))
            ),
            result='{"token":"x"}',
            result_kept=True,
        ),
    ],
    "an end has a place": [
        told(a_change("t", a_run("r", "SUCCESS", messages=[a_line(1), a_line(2)])), end_event=2)
    ],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_a_history_ends_in_memory_as_in_the_tables(history: str) -> None:
    for change in HISTORIES[history]:
        InlineSink(current().DATABASE).store([change])
    memory, tables = record_in_memory("t", HISTORIES[history], None), record_in_database("t", None)
    assert tables is not None
    assert _without_the_clock(memory) == _without_the_clock(tables)


def test_a_settlement_of_an_unknown_task_that_has_to_be_known_is_not_heard() -> None:
    change = a_settlement("t")
    assert change.settlement is not None
    change.settlement.only_known = True
    assert Stored([change]).seq == 0


def test_a_settlement_from_before_the_newest_attempt_is_not_heard() -> None:
    change = a_settlement("t")
    assert change.settlement is not None
    change.settlement.end = 0.0
    assert Stored([a_change("t", a_run("r")), change]).state == "STARTED"


def test_an_updater_that_is_used_once_more_is_one_record() -> None:
    with record_tasks() as logs:
        updater = TaskUpdater(task_name="TEST")
        updater.finish()
        with updater("Later"):
            pass
    assert (logs.one().state, [step.name for step in logs.one().steps]) == ("STARTED", ["Later"])
