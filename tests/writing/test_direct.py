"""Storing without a thread."""

import _thread

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater.recording.changes import Identity
from progress_updater.recording.guard import guard
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sources import publication
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink


@pytest.fixture
def sink() -> CountingSink:
    return CountingSink()


@pytest.fixture
def direct(sink: CountingSink) -> DirectWriter:
    return DirectWriter(sink)


def test_starts_and_ends_are_stored_at_once_and_lines_with_them(
    direct: DirectWriter, sink: CountingSink
) -> None:
    before = _thread._count()
    recorder = a_recorder(channel=direct)
    recorder.announce()
    assert len(sink.stored) == 1
    recorder.say(recorder.root, "one")
    recorder.count_on(recorder.root)
    assert len(sink.stored) == 1
    recorder.finish("SUCCESS")
    assert sink.texts == ["one"]
    assert _thread._count() == before


def test_what_is_sent_is_stored_at_once(direct: DirectWriter, sink: CountingSink) -> None:
    direct.prompt(publication("t", Identity(task_name="TEST")))
    assert sink.stored[0][0].task_uuid == "t"


def test_flush_stores_what_is_open(direct: DirectWriter, sink: CountingSink) -> None:
    recorder = a_recorder(channel=direct)
    recorder.announce()
    recorder.say(recorder.root, "one")
    assert direct.flush(0)
    assert sink.texts == ["one"]


def test_what_fails_is_kept(direct: DirectWriter, sink: CountingSink, failures: None) -> None:
    before = guard.failures
    sink.errors = [StoreLater("away"), ValueError("bad")]
    recorder = a_recorder(channel=direct)
    recorder.announce()
    recorder.say(recorder.root, "one")
    assert not direct.flush(0)
    assert direct.flush(0)
    assert direct.flush(0)
    assert (sink.texts, guard.failures) == (["one"], before + 2)


def test_a_time_limit_passes_and_nothing_is_lost(direct: DirectWriter, sink: CountingSink) -> None:
    sink.errors = [SoftTimeLimitExceeded()]
    recorder = a_recorder(channel=direct)
    with pytest.raises(SoftTimeLimitExceeded):
        recorder.announce()
    recorder.say(recorder.root, "one")
    assert direct.flush(0)
    assert direct.flush(0)
    assert sink.texts == ["one"]


def test_storing_that_records_something_does_not_store_within_itself(sink: CountingSink) -> None:
    direct = DirectWriter(sink)
    found = []

    class Chatty(CountingSink):
        def store(self, changes: list) -> None:
            super().store(changes)
            found.append(direct.flush(0))

    direct.sink = Chatty()
    direct.prompt(publication("t", Identity(task_name="TEST")))
    assert found == [False]
