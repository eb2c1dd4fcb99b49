"""How often a process writes, and whom it disturbs."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.signals import connection_created

from progress_updater import TaskUpdater, carry, notify, step, track
from progress_updater.models import Message, TaskLog
from progress_updater.settings import current
from progress_updater.writing.channels import flush
from tests.databases import alias_of, migrate, uses
from tests.services import SQLITE_URL
from tests.waiting import wait_until


@pytest.fixture
def commits(database: str) -> Iterator[list[float]]:
    """When the writer has committed."""
    moments: list[float] = []

    def watch(connection: Any, **_: Any) -> None:
        commit = connection.commit

        def counted() -> None:
            moments.append(monotonic())
            commit()

        connection.commit = counted

    connection_created.connect(watch)
    yield moments
    connection_created.disconnect(watch)


def _run_for(seconds: float, act: Callable[[int], None]) -> None:
    end = monotonic() + seconds
    for number in count():
        if monotonic() > end:
            return
        act(number)


@pytest.mark.alone
def test_a_running_task_writes_a_few_times_a_second_whatever_it_does(
    database: str, commits: list[float]
) -> None:
    def act(number: int) -> None:
        notify(f"line {number}", replace="line")
        with step("inner", optional=True):
            for item in track(range(3)):
                if item == number % 3:
                    raise LookupError

    with TaskUpdater() as updater:
        _run_for(0.5, act)
        commits.clear()
        begun = monotonic()
        _run_for(2.0, act)
        took, written = monotonic() - begun, len(commits)
    assert TaskLog.objects.get(task_uuid=updater.task_uuid).seq > 1_000
    assert written <= took * (1 / current().FLUSH_INTERVAL + 2) + 1


@pytest.mark.alone
def test_nothing_is_written_while_nothing_changes(database: str, commits: list[float]) -> None:
    with TaskUpdater() as updater:
        updater.set_progress(1, 10, "rows")
        with updater.step("Waits"):
            assert flush(60)
            wait_until(lambda: not _grows(commits), 60, "the last change is stored")
            commits.clear()
            Event().wait(4 * current().FLUSH_INTERVAL)
            assert commits == []


def _grows(moments: list[float]) -> bool:
    before = len(moments)
    Event().wait(2 * current().FLUSH_INTERVAL)
    return len(moments) > before


def test_with_a_file_of_its_own_the_app_never_locks_a_transaction_out(
    tmp_path: Path, django_db_blocker: Any
) -> None:
    """SQLite: the project's own transactions read first and write then, 200 times, in deferred mode."""
    (tmp_path / "own").mkdir()
    with (
        django_db_blocker.unblock(),
        alias_of(SQLITE_URL, tmp_path / "own") as project,
        alias_of(SQLITE_URL, tmp_path) as progress,
    ):
        connections.settings[project]["OPTIONS"].pop("transaction_mode")
        for app in ("contenttypes", "auth"):
            call_command("migrate", app, database=project, verbosity=0)
        with uses(progress):
            migrate(progress)
            assert _read_then_write(project, 200) == 200
            assert flush(60)
            assert Message.objects.count() > 0


def _read_then_write(project: str, times: int) -> int:
    done, stop = 0, Event()
    with TaskUpdater():
        chatter = Thread(target=carry(lambda: _run_until(stop)))
        chatter.start()
        try:
            for number in range(times):
                with transaction.atomic(using=project):
                    before = Group.objects.using(project).count()
                    Group.objects.using(project).create(name=f"group {number}")
                    done += before == number
        finally:
            stop.set()
            chatter.join()
    return done


def _run_until(stop: Event) -> None:
    for number in count():
        if stop.is_set():
            return
        notify(f"line {number}")
