"""Statements that PostgreSQL works on while the next one is written: in our threads, never in an author's."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from time import monotonic
from typing import Any

import psycopg
import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import TaskUpdater
from progress_updater.models import Message
from progress_updater.writing import store
from progress_updater.writing.channels import flush
from progress_updater.writing.sinks.inline import InlineSink
from tests.databases import execute, only_on, url_of
from tests.writing.changes import a_change, a_line, a_run, texts

LIMIT = 0.5  # seconds
HELD = 60.0  # seconds for which somebody else locks the lines at the most


@pytest.fixture(autouse=True)
def portions_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PORTION", 3)


@pytest.fixture
def pipelines(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that have begun a pipeline."""
    begun: list[object] = []
    real: Callable[..., Any] = psycopg.Connection.pipeline

    def pipeline(driver: psycopg.Connection[Any]) -> Any:
        begun.append(driver)
        return real(driver)

    monkeypatch.setattr(psycopg.Connection, "pipeline", pipeline)
    return begun


@contextmanager
def _lines_are_locked(alias: str) -> Iterator[None]:
    with psycopg.connect(url_of(alias)) as other:
        other.execute(f"LOCK TABLE {Message._meta.db_table} IN EXCLUSIVE MODE")
        freed = Timer(HELD, other.rollback)
        freed.start()
        try:
            yield
        finally:
            freed.cancel()
            freed.join()
            other.rollback()


@contextmanager
def _time_limit() -> Iterator[None]:
    def raise_it(*_: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGUSR1, raise_it)
    limit = Timer(LIMIT, os.kill, (os.getpid(), signal.SIGUSR1))
    limit.start()
    try:
        yield
    finally:
        limit.join()
        signal.signal(signal.SIGUSR1, before)


@only_on("postgres")
@pytest.mark.parametrize("lines", [1, 10])
def test_a_time_limit_is_raised_at_once_where_the_author_waits_for_the_database(
    database: str, lines: int
) -> None:
    sink = InlineSink(database)
    sink.store([a_change("t", a_run("r"))])
    many = a_change("t", a_run("r", messages=[a_line(n) for n in range(1, lines + 1)]))
    with _lines_are_locked(database):
        began = monotonic()
        with pytest.raises(SoftTimeLimitExceeded), _time_limit():
            sink.store([many])
        assert monotonic() - began < HELD
    sink.store([many])
    assert len(texts("t")) == lines


@only_on("postgres")
def test_the_writers_thread_waits_for_many_lines_once(database: str, pipelines: list[object]) -> None:
    assert _stored_by_the_writer() == 10
    assert pipelines


@only_on("postgres")
def test_an_old_libpq_waits_for_each_statement(
    database: str, pipelines: list[object], failures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg.Pipeline, "is_supported", lambda: False)
    assert _stored_by_the_writer() == 10
    assert not pipelines


@only_on("postgres")
def test_the_driver_logs_nothing_of_a_line_that_is_refused(
    database: str, pipelines: list[object], failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    table = Message._meta.db_table
    execute(database, f"ALTER TABLE {table} ADD CONSTRAINT refuse CHECK (text <> 'line 4')")
    try:
        assert _stored_by_the_writer(3_000) == 3_000
    finally:
        execute(database, f"ALTER TABLE {table} DROP CONSTRAINT refuse")
    assert pipelines
    assert {record.name for record in caplog.records} == {"progress_updater"}


def _stored_by_the_writer(lines: int = 10) -> int:
    with TaskUpdater() as updater:
        for number in range(lines):
            updater.notify(f"line {number}")
    assert flush(60)
    return len(texts(updater.task_uuid))
