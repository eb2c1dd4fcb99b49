"""What is kept until a sink has it."""

from collections import deque
from typing import Any

import pytest

from progress_updater import states
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.writing.outbox import MEMORY, Outbox, StoreLater
from progress_updater.writing.sources import publication
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink


class Collecting(Outbox):
    """An outbox whose sources are stored when the test says so."""

    def changed(self, source: object) -> None:
        self.add(source)

    urgent = changed

    def ticking(self, source: object) -> None:
        self.add_counting(source)


@pytest.fixture
def sink() -> CountingSink:
    return CountingSink()


@pytest.fixture
def outbox(sink: CountingSink) -> Collecting:
    return Collecting(sink)


def test_nothing_new_is_nothing_to_store(outbox: Collecting, sink: CountingSink) -> None:
    assert outbox.is_empty
    assert not outbox.store()
    assert sink.at == []


def test_a_source_is_stored_once_however_often_it_changed(outbox: Collecting, sink: CountingSink) -> None:
    recorder = a_recorder(channel=outbox)
    for number in range(3):
        recorder.announce()
        recorder.say(recorder.root, number)
    assert outbox.store()
    assert not outbox.store()
    assert [len(changes) for changes in sink.stored] == [1, 1]
    assert outbox.is_empty


def test_it_tells_when_a_run_had_only_begun(outbox: Collecting) -> None:
    recorder = a_recorder(channel=outbox)
    recorder.announce()
    assert outbox.store()
    recorder.say(recorder.root, "more")
    assert not outbox.store()
    quick = a_recorder(channel=outbox)
    quick.finish(states.SUCCESS)
    assert not outbox.store()
    outbox.add(publication("t", Identity(task_name="TEST")))
    assert not outbox.store()


def test_what_the_sink_does_not_take_is_kept_in_order(outbox: Collecting, sink: CountingSink) -> None:
    recorder = a_recorder(channel=outbox)
    recorder.announce()
    outbox.store()
    for number in range(3):
        recorder.say(recorder.root, number)
        sink.errors = [StoreLater("away")]
        with pytest.raises(StoreLater):
            outbox.store()
    outbox.store()
    assert sink.texts == ["0", "1", "2"]
    assert outbox.is_empty


def test_memory_is_given_back_when_lines_are_stored(outbox: Collecting, sink: CountingSink) -> None:
    busy = a_recorder(channel=outbox)
    busy.set_progress(busy.open_step(busy.root, "keeps the outbox from being empty"), 0, 10, None)
    recorder = a_recorder(channel=outbox)
    recorder.announce()
    outbox.store()
    for said in ("short", "x" * 1_000, "y"):
        for name in (None, "replaced"):
            recorder.say(recorder.root, said, replace=name, data=[said])
            recorder.say(recorder.root, said * 2, replace=name)
        assert outbox.free < MEMORY
        sink.errors = [StoreLater("away")]
        with pytest.raises(StoreLater):
            outbox.store()
        recorder.say(recorder.root, said, replace="replaced")
        outbox.store()
        assert not outbox.is_empty
        assert outbox.free == MEMORY


def test_a_counting_source_is_sampled_until_it_counts_no_more(outbox: Collecting, sink: CountingSink) -> None:
    recorder = a_recorder(channel=outbox)
    step = recorder.open_step(recorder.root, "x")
    recorder.set_progress(step, 0, 10, None)
    outbox.store()
    outbox.store()
    for current in (1, 2):
        step.current = current
        outbox.store()
        assert sink.stored[-1][0].run.steps[0].count.current == current
        assert not outbox.is_empty
    recorder.close_step(step, None)
    recorder.finish(states.SUCCESS)
    outbox.store()
    assert outbox.is_empty


class Broken:
    """A source that cannot be collected until its error is taken away."""

    held = 0
    is_counting = False

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.last: LogChange | None = LogChange(
            task_uuid="broken", identity=Identity(task_name="TEST"), events=1
        )

    def collect(self) -> LogChange | None:
        if self.error is not None:
            raise self.error
        return self.last

    def stored(self, change: LogChange) -> None:
        self.last = None


def _uuids(sink: CountingSink) -> list[list[str]]:
    return [[change.task_uuid for change in changes] for changes in sink.stored]


def test_a_source_that_cannot_be_collected_is_kept_and_keeps_no_other_from_being_stored(
    outbox: Collecting, sink: CountingSink
) -> None:
    broken = Broken(ValueError("bad"))
    outbox.add(broken)
    outbox.add(publication("t", Identity(task_name="TEST")))
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            outbox.store()
        assert not outbox.is_empty
    assert _uuids(sink) == [["t"]]
    broken.error = None
    outbox.store()
    assert _uuids(sink) == [["t"], ["broken"]]
    assert outbox.is_empty


class Onlooker(Broken):
    """A source that looks, as another thread may at any moment, whether all is stored."""

    def __init__(self, outbox: Collecting) -> None:
        super().__init__(None)
        self._outbox = outbox

    def collect(self) -> LogChange | None:
        assert not self._outbox.is_empty
        return super().collect()

    def stored(self, change: LogChange) -> None:
        assert not self._outbox.is_empty
        super().stored(change)


def test_nobody_sees_an_empty_outbox_before_all_is_stored(outbox: Collecting) -> None:
    seen = []

    class Looked(deque[Any]):
        def popleft(self) -> Any:
            source = super().popleft()
            seen.append(outbox.is_empty)
            return source

    outbox._changed = Looked()
    outbox.add(Onlooker(outbox))
    outbox.store()
    assert seen == [False]
    assert outbox.is_empty


def test_a_count_that_begins_while_the_last_one_ends_is_sampled(outbox: Collecting) -> None:
    class Counting(Broken):
        seen = 0

        @property
        def is_counting(self) -> bool:  # type: ignore[override]
            self.seen += 1
            if self.seen == 1:
                outbox.add_counting(self)  # another thread, just after this one has looked
            return False

    source = Counting(None)
    outbox.add_counting(source)
    outbox.store()
    assert not outbox.is_empty
    outbox.store()
    assert source.seen == 2


def test_a_time_limit_that_arises_while_collecting_passes(outbox: Collecting, sink: CountingSink) -> None:
    from celery.exceptions import SoftTimeLimitExceeded

    outbox.add(Broken(SoftTimeLimitExceeded()))
    with pytest.raises(SoftTimeLimitExceeded):
        outbox.store()


def test_a_child_forgets_everything(outbox: Collecting, sink: CountingSink) -> None:
    recorder = a_recorder(channel=outbox)
    recorder.set_progress(recorder.root, 0, 10, None)
    recorder.say(recorder.root, "one")
    outbox.begin_anew()
    assert (outbox.is_empty, outbox.free, sink.abandoned) == (True, MEMORY, 1)
    outbox.store()
    assert sink.at == []
