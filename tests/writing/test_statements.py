"""How many SQL statements a recorded task costs; BEGIN, COMMIT and SAVEPOINT do not count."""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any

import pytest
from celery import chain, chord, group, shared_task

from progress_updater import notify, step
from progress_updater.models import Process, TaskLog, TaskTree
from progress_updater.writing.channels import channel, close, flush
from progress_updater.writing.pace import PROMPT
from progress_updater.writing.trees import TreeCounts
from tests.databases import only_on

UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


on_begin: list[Callable[[], object]] = []


@shared_task
def five_steps_and_twenty_messages() -> None:
    """Do what the promise is about."""
    for act in on_begin:
        act()
    for number in range(5):
        with step(f"Step {number}"):
            for line in range(4):
                notify(f"line {line}")


def _counted(statements: list[str]) -> list[str]:
    return [sql for sql in statements if not sql.lstrip().upper().startswith(UNCOUNTED)]


def test_a_task_of_5_steps_and_20_messages_costs_at_most_6_statements(
    database: str, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    five_steps_and_twenty_messages.apply()
    assert flush(60)
    statements.clear()
    turn = channel()._turn
    # However long it takes: its start is stored by one flush, all else by another.
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "on_begin", [lambda: flush(60), turn.take])
        task_id = five_steps_and_twenty_messages.apply().id
    turn.give_back()
    assert flush(60)
    cost = _counted(statements)
    log = TaskLog.objects.get(task_uuid=task_id)
    assert (log.state, log.steps_done, log.messages.count()) == ("SUCCESS", 5, 20)
    assert len(cost) <= 6, "\n".join(cost)


def test_a_process_makes_its_row_once_for_all_its_tasks(database: str, statements: list[str]) -> None:
    for _ in range(3):
        five_steps_and_twenty_messages.apply()
    assert flush(60)
    made = [sql for sql in statements if sql.startswith("INSERT") and "progress_updater_process" in sql]
    assert len(made) == 1
    assert Process.objects.count() == 1


def test_sending_a_task_costs_one_statement(database: str, statements: list[str]) -> None:
    task_id = five_steps_and_twenty_messages.delay().id
    assert flush(60)
    cost = _counted(statements)
    assert TaskLog.objects.get(task_uuid=task_id).state == "PENDING"
    assert len(cost) == 1, "\n".join(cost)


def test_a_hundred_tasks_sent_at_once_cost_a_few_statements(database: str, statements: list[str]) -> None:
    five_steps_and_twenty_messages.delay()
    assert flush(60)
    statements.clear()
    began = monotonic()
    for _ in range(100):
        five_steps_and_twenty_messages.delay()
    seconds = monotonic() - began
    assert flush(60)
    cost = len(_counted(statements))
    assert TaskLog.objects.count() == 101
    assert cost <= 3 + seconds / PROMPT


OTHERS = 3
BURST = 0.05  # seconds for which the statement of a flush may serve


@pytest.mark.alone
@only_on("postgres")
@pytest.mark.parametrize("shape", [group, lambda tasks: chord(tasks, five_steps_and_twenty_messages.si())])
def test_a_group_of_a_thousand_costs_a_few_statements(
    database: str, statements: list[str], shape: Callable[[Any], Any]
) -> None:
    members = [five_steps_and_twenty_messages.si() for _ in range(1_000)]
    began = monotonic()
    shape(members).delay()
    seconds = monotonic() - began
    assert flush(60)
    close()
    cost = _counted(statements)
    (tree,) = TaskTree.objects.all()
    assert tree.tasks == TaskLog.objects.count() >= 1_000
    assert len(cost) <= OTHERS + ceil(seconds / BURST), f"{seconds} s\n" + "\n".join(sql[:60] for sql in cost)


def test_the_rest_of_a_chain_is_in_the_statement_of_its_first_task(
    database: str, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TreeCounts, "pause", lambda counts: None)  # its tree is counted a moment later
    chain(five_steps_and_twenty_messages.si() for _ in range(100)).delay()
    assert flush(60)
    cost = _counted(statements)
    assert TaskLog.objects.count() == 100
    assert len(cost) == 1, "\n".join(cost)
