"""How many SQL statements a recorded task costs; BEGIN, COMMIT and SAVEPOINT do not count."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import shared_task
from django.db.backends.signals import connection_created

from progress_updater import notify, step
from progress_updater.models import Process, TaskLog
from progress_updater.writing.channels import flush

UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


@shared_task
def five_steps_and_twenty_messages() -> None:
    """Do what the promise is about."""
    for number in range(5):
        with step(f"Step {number}"):
            for line in range(4):
                notify(f"line {line}")


@pytest.fixture
def statements(database: str) -> Iterator[list[str]]:
    """The statements on connections that are opened from now on: the writer's."""
    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(UNCOUNTED):
            seen.append(sql)
        return execute(sql, params, many, context)

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(count)

    connection_created.connect(watch)
    yield seen
    connection_created.disconnect(watch)


def test_a_task_of_5_steps_and_20_messages_costs_at_most_6_statements(
    database: str, statements: list[str]
) -> None:
    five_steps_and_twenty_messages.apply()
    assert flush(60)
    statements.clear()
    task_id = five_steps_and_twenty_messages.apply().id
    assert flush(60)
    cost = list(statements)
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
    cost = list(statements)
    assert TaskLog.objects.get(task_uuid=task_id).state == "PENDING"
    assert len(cost) == 1, "\n".join(cost)


def test_a_hundred_tasks_sent_at_once_cost_a_few_statements(database: str, statements: list[str]) -> None:
    five_steps_and_twenty_messages.delay()
    assert flush(60)
    statements.clear()
    for _ in range(100):
        five_steps_and_twenty_messages.delay()
    assert flush(60)
    cost = len(statements)
    assert TaskLog.objects.count() == 101
    assert cost <= 20
