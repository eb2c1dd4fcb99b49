"""Stored by the caller, on its own connection."""

import pytest
from django.db import IntegrityError, connections, transaction

from progress_updater import TaskUpdater
from progress_updater.models import Message, TaskLog
from progress_updater.writing.channels import channel
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.inline import InlineSink
from tests.databases import uses
from tests.writing.changes import a_change, a_line, a_run, texts


def test_rows_are_part_of_the_callers_transaction(database: str) -> None:
    sink = InlineSink(database)
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=database):
        sink.store([a_change("t", a_run("r", messages=[a_line(1)]))])
        assert texts("t") == ["line 1"]
        raise ZeroDivisionError
    assert not TaskLog.objects.exists()


def test_an_error_leaves_the_callers_transaction_usable(database: str) -> None:
    sink = InlineSink(database)
    with transaction.atomic(using=database):
        sink.store([a_change("t")])
        with pytest.raises(IntegrityError):
            sink.store([a_change(None, a_run("r"))])  # type: ignore[arg-type]
        sink.store([a_change("u")])
    assert TaskLog.objects.count() == 2
    sink.rest()
    sink.abandon()
    assert connections[database].is_usable()


def test_a_task_is_stored_without_a_thread(database: str) -> None:
    with uses(database, SINK="inline"):
        assert isinstance(channel(), DirectWriter)
        updater = TaskUpdater(task_name="TEST")
        with updater("First"):
            updater.notify("one")
        assert TaskLog.objects.get().state == "STARTED"
        updater.finish()
        assert texts(updater.task_uuid) == ["one"]
        assert TaskLog.objects.get().state == "SUCCESS"
    assert Message.objects.count() == 1
