"""In every database, a wish to stop comes back with what is stored, and to a quiet run with a heartbeat."""

import pytest

from progress_updater import TaskUpdater, notify, states
from progress_updater.models import TaskLog
from progress_updater.recording import registry
from progress_updater.recording.changes import Identity
from progress_updater.runs import begin
from progress_updater.upkeep.heartbeat import Heartbeat
from progress_updater.writing.cancelling import request_cancel
from progress_updater.writing.channels import flush
from progress_updater.writing.sinks.database import DatabaseSink

pytestmark = pytest.mark.usefixtures("database")


def test_it_comes_back_with_the_next_flush() -> None:
    with TaskUpdater() as updater:
        notify("begins")
        assert flush(60)
        run = registry.of_task(updater.task_uuid)
        assert run is not None
        assert request_cancel(TaskLog.objects.get().pk)
        assert not run.cancel_requested
        notify("goes on")
        assert flush(60)
        assert run.cancel_requested
    assert flush(60)
    assert TaskLog.objects.get().cancel_requested


def test_a_quiet_run_of_celery_hears_of_it_with_a_heartbeat(database: str) -> None:
    run = begin("quiet", Identity(task_name="TEST", celery_name="shop.tasks.go"), in_celery=True)
    assert flush(60)
    assert request_cancel(TaskLog.objects.get().pk)
    sink = DatabaseSink(database)
    sink.running[run.run] = 0.0
    try:
        Heartbeat(sink).attend()
        assert run.cancel_requested
    finally:
        sink.rest()
        run.finish(states.REVOKED)
        assert flush(60)
