"""A row that the database refuses: all others are stored, and a gap takes its place."""

from collections.abc import Iterator
from time import monotonic

import pytest
from django.db import connections

from progress_updater import TaskUpdater
from progress_updater.models import Message, Step, TaskLog
from progress_updater.recording.lines import GAP
from progress_updater.writing import store
from progress_updater.writing.channels import flush
from tests.databases import execute

POISON = "poison"

_BEFORE = "CREATE TRIGGER refuse BEFORE INSERT ON {table} "
REFUSALS = {
    "sqlite": _BEFORE + "WHEN NEW.{column} = 'poison' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    "postgresql": "ALTER TABLE {table} ADD CONSTRAINT refuse CHECK ({column} <> 'poison')",
    "mysql": _BEFORE + "FOR EACH ROW IF NEW.{column} = 'poison' THEN SIGNAL SQLSTATE '45000'; END IF",
}
PARDONS = {
    "sqlite": "DROP TRIGGER refuse",
    "postgresql": "ALTER TABLE {table} DROP CONSTRAINT refuse",
    "mysql": "DROP TRIGGER refuse",
}


@pytest.fixture
def refused(request: pytest.FixtureRequest, database: str) -> Iterator[None]:
    """Have the database refuse the word in a column: the parameter is (table, column)."""
    table, column = request.param
    vendor = connections[database].vendor
    execute(database, REFUSALS[vendor].format(table=table, column=column))
    yield
    execute(database, PARDONS[vendor].format(table=table))


@pytest.mark.alone
@pytest.mark.parametrize("refused", [(Message._meta.db_table, "text")], indirect=True)
def test_one_poisoned_line_among_good_ones_of_five_tasks_is_one_gap(refused: None, failures: None) -> None:
    updaters = [TaskUpdater(task_name=f"task {number}") for number in range(5)]
    for updater in updaters:
        updater.notify("begin")
    assert flush(60)
    begun = monotonic()
    for line in range(10):
        for number, updater in enumerate(updaters):
            updater.notify(POISON if (line, number) == (5, 2) else f"line {line}")
    assert flush(60)
    assert monotonic() - begun < 1.0
    for updater in updaters:
        updater.finish()
    assert flush(60)
    for number, updater in enumerate(updaters):
        lines = Message.objects.filter(task_log__task_uuid=updater.task_uuid).order_by("seq")
        good = [f"line {line}" for line in range(10) if (line, number) != (5, 2)]
        assert list(lines.exclude(source=GAP).values_list("text", flat=True)) == ["begin", *good]
        gaps = list(lines.filter(source=GAP).values_list("data", flat=True))
        assert gaps == ([{"count": 1}] if number == 2 else [])
        assert TaskLog.objects.get(task_uuid=updater.task_uuid).state == "SUCCESS"


@pytest.mark.parametrize("refused", [(Message._meta.db_table, "text")], indirect=True)
def test_the_gap_stands_where_the_line_would_have_stood(refused: None, failures: None) -> None:
    with TaskUpdater() as updater:
        for text in ("before", POISON, "after"):
            updater.notify(text)
    assert flush(60)
    lines = Message.objects.filter(task_log__task_uuid=updater.task_uuid).order_by("n")
    assert [line.source for line in lines] == ["notify", GAP, "notify"]


@pytest.mark.parametrize("refused", [(Message._meta.db_table, "text")], indirect=True)
@pytest.mark.parametrize("place", [1, 4, 10])
def test_a_line_refused_while_the_next_statement_is_written_is_one_gap(
    refused: None, failures: None, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(store, "PORTION", 3)
    with TaskUpdater() as updater:
        for number in range(1, 11):
            updater.notify(POISON if number == place else f"line {number}")
    assert flush(60)
    lines = Message.objects.filter(task_log__task_uuid=updater.task_uuid).order_by("n")
    assert [line.source for line in lines] == [GAP if n == place else "notify" for n in range(1, 11)]


@pytest.mark.parametrize("refused", [(Step._meta.db_table, "name")], indirect=True)
def test_a_poisoned_step_keeps_its_place_and_its_state(refused: None, failures: None) -> None:
    with TaskUpdater() as updater:
        for name in ("before", POISON, "after"):
            with updater.step(name):
                updater.notify(f"in {name}")
    assert flush(60)
    steps = Step.objects.filter(task_log__task_uuid=updater.task_uuid).order_by("number")
    assert [step.state for step in steps] == ["SUCCESS"] * 3
    assert [step.name for step in steps][::2] == ["before", "after"]
    assert steps[1].name != POISON
    assert TaskLog.objects.get(task_uuid=updater.task_uuid).messages.count() == 3


@pytest.mark.parametrize("refused", [(TaskLog._meta.db_table, "task_name")], indirect=True)
def test_a_task_whose_name_is_refused_is_recorded_all_the_same(refused: None, failures: None) -> None:
    with TaskUpdater(task_name=POISON) as updater:
        updater.notify("said")
    assert flush(60)
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    assert log.task_name != POISON
    assert log.messages.count() == 1
