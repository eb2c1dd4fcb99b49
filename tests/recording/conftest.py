"""A run that is stored in memory, and a guard that lets no error of our own pass in silence."""

from collections.abc import Callable
from typing import Any

import pytest

from progress_updater.recording.changes import Identity
from progress_updater.recording.guard import guard
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.memory import MemorySink
from tests.stored import Stored


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let errors of our own fail the test."""
    monkeypatch.setattr(guard, "loud", True)


@pytest.fixture
def sink() -> MemorySink:
    """Return where the runs of the test are stored."""
    return MemorySink()


@pytest.fixture
def way(sink: MemorySink) -> DirectWriter:
    """Return the way there."""
    return DirectWriter(sink)


@pytest.fixture
def begin_run(way: DirectWriter) -> Callable[..., Recorder]:
    """Return a function that begins a run."""

    def begin_run(**options: Any) -> Recorder:
        defaults: dict[str, Any] = {
            "task_uuid": "task",
            "identity": Identity(task_name="TEST"),
            "channel": way,
            "text_limit": 1_000,
            "max_steps": 100,
        }
        recorder = Recorder(**(defaults | options))
        recorder.announce()
        return recorder

    return begin_run


@pytest.fixture
def run(begin_run: Callable[..., Recorder]) -> Recorder:
    """Return a run that goes on."""
    return begin_run()


@pytest.fixture
def now_stored(way: DirectWriter, sink: MemorySink) -> Callable[..., Stored]:
    """Return a function that stores what is new, and shows all of a task."""

    def now_stored(task_uuid: str = "task") -> Stored:
        way.flush(0)
        return Stored(sink.changes.get(task_uuid, []))

    return now_stored
