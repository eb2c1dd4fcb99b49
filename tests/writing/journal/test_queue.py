"""Beyond the memory for lines the journal is the queue: nothing is lost, nothing comes out of order."""

import json
from collections.abc import Callable
from threading import Thread

import pytest

from progress_updater import states
from progress_updater.recording.changes import LogChange
from progress_updater.recording.recorder import Recorder
from progress_updater.writing import outbox
from progress_updater.writing.journal import queue
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.journal.reading import read_journal
from progress_updater.writing.journal.segments import SIZE
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.writer import Writer
from tests.stored import Stored
from tests.writing.changes import a_recorder

LINES = 30_000


class Database:
    """Keep what is stored, or be away."""

    def __init__(self) -> None:
        self.is_away = False
        self._changes: dict[str, list[LogChange]] = {}

    def store(self, changes: list[LogChange]) -> None:
        if self.is_away:
            raise StoreLater("away")
        for change in changes:
            self._changes.setdefault(change.task_uuid, []).append(change)

    def record(self, recorder: Recorder) -> Stored:
        return Stored(self._changes.get(recorder.task_uuid, []))

    def rest(self) -> None: ...
    def prepare_fork(self) -> None: ...
    def abandon(self) -> None: ...


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MEMORY", 1024 * 1024)
    monkeypatch.setattr(queue, "ROOM", 256 * 1024)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def by_hand(database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """A writer that stores when the test calls it."""
    monkeypatch.setattr(Writer, "_start", lambda self: None)
    return Writer(database, 0.0, journal=journal)


def _store_all(writer: Writer) -> int:
    flushes = 0
    while not writer.is_empty:
        writer._flush()
        flushes += 1
        assert flushes < 1_000
    return flushes


def _say(recorder: Recorder, first: int, last: int) -> None:
    for number in range(first, last):
        recorder.say(recorder.root, f"line {number}")


def _numbered(last: int) -> list[str]:
    return [f"line {number}" for number in range(last)]


def _begun(writer: Writer) -> Recorder:
    recorder = a_recorder(channel=writer)
    recorder.announce()
    writer._flush()
    return recorder


def test_what_memory_has_no_room_for_comes_back_in_order_and_once(
    by_hand: Writer, database: Database
) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    assert by_hand.queueing
    assert _store_all(by_hand) > 2  # file by file
    assert not by_hand.queueing
    assert database.record(recorder).lines == _numbered(LINES)
    assert by_hand.free == outbox.MEMORY


def test_an_outage_longer_than_the_memory_loses_nothing(by_hand: Writer, database: Database) -> None:
    recorder = _begun(by_hand)
    database.is_away = True
    for part in range(10):
        _say(recorder, part * 3_000, (part + 1) * 3_000)
        with pytest.raises(StoreLater):
            by_hand._flush()
    assert by_hand.free > -outbox.MEMORY  # it is no queue that grows
    database.is_away = False
    _store_all(by_hand)
    assert database.record(recorder).lines == _numbered(30_000)


def test_lines_said_while_the_queue_is_read_come_after_it(by_hand: Writer, database: Database) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    said = LINES
    while by_hand.queueing:
        by_hand._flush()
        _say(recorder, said, said + 100)
        said += 100
    _store_all(by_hand)
    assert database.record(recorder).lines == _numbered(said)


def test_the_end_and_the_steps_of_a_run_keep_their_place_between_its_lines(
    by_hand: Writer, database: Database
) -> None:
    recorder = _begun(by_hand)
    for number in range(4):
        step = recorder.open_step(recorder.root, f"step {number}")
        for line in range(3_000):
            recorder.say(step, f"{number}.{line}")
        recorder.close_step(step, None)
    recorder.finish(states.SUCCESS)
    by_hand._flush()
    assert database.record(recorder).state == states.STARTED  # it ends when its lines are there
    _store_all(by_hand)
    record = database.record(recorder)
    assert record.state == states.SUCCESS
    seqs = record.last.seqs
    of_lines = {line.text: seqs["line", line.n] for line in record.last.ordered}
    for step in record.steps:
        number = step.name.removeprefix("step ")
        assert seqs["opened", step.number] < of_lines[f"{number}.0"]
        assert of_lines[f"{number}.2999"] < seqs["step", step.number]


def test_a_run_that_has_ended_does_not_wait_for_the_lines_of_others(
    by_hand: Writer, database: Database
) -> None:
    short, long = _begun(by_hand), _begun(by_hand)
    _say(long, 0, 3_500)
    short.say(short.root, "queued")
    assert by_hand.queueing
    short.finish(states.SUCCESS)
    _say(long, 3_500, LINES)
    by_hand._flush()
    by_hand._flush()
    assert by_hand.queueing
    assert database.record(short).state == states.SUCCESS
    assert database.record(short).lines == ["queued"]


def test_a_name_keeps_only_its_newest_line(by_hand: Writer, database: Database) -> None:
    recorder = _begun(by_hand)
    for number in range(LINES):
        recorder.say(recorder.root, f"line {number}")
        recorder.say(recorder.root, f"{number} rows", replace="rows", data={"rows": number})
    _store_all(by_hand)
    record = database.record(recorder)
    assert [line for line in record.lines if not line.endswith(" rows")] == _numbered(LINES)
    assert [line for line in record.lines if line.endswith(" rows")] == [f"{LINES - 1} rows"]
    assert by_hand.free == outbox.MEMORY


def test_a_full_journal_leaves_a_counted_gap(
    database: Database,
    make_journal: Callable[..., Journal],
    monkeypatch: pytest.MonkeyPatch,
    failures: object,
) -> None:
    monkeypatch.setattr(Writer, "_start", lambda self: None)
    writer = Writer(database, 0.0, journal=make_journal(limit=SIZE))
    recorder = _begun(writer)
    _say(recorder, 0, LINES)
    _store_all(writer)
    _say(recorder, LINES, LINES + 10)
    _store_all(writer)
    record = database.record(recorder)
    lost = sum(json.loads(gap.data or "")["count"] for gap in record.gaps)
    said = [line for line in record.lines if line.startswith("line")]
    assert len(said) + lost == LINES + 10
    assert said == sorted(said, key=lambda line: int(line.split()[1]))
    assert 0 < lost < LINES


def test_files_go_as_soon_as_all_in_them_is_stored(by_hand: Writer, journal: Journal) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    before = len(journal.segments)
    assert before > 2
    while by_hand.queueing:
        by_hand._flush()
        by_hand._flush()
        assert len(journal.segments) <= before
        before = len(journal.segments)
    assert before == 1


def test_a_killed_process_leaves_its_queue_to_the_next_one(
    by_hand: Writer, database: Database, journal: Journal
) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    by_hand._flush()
    by_hand._flush()
    stored = set(database.record(recorder).lines)
    paths = [segment.path for segment in journal.segments]
    left = {line.text for (run,) in read_journal(paths) for line in run.lines.values()}
    assert 0 < len(stored) < LINES
    assert stored | left == set(_numbered(LINES))


def test_a_forked_child_begins_with_an_empty_queue(by_hand: Writer) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    by_hand.begin_anew()
    assert by_hand.is_empty
    assert not by_hand.queueing


def test_threads_that_say_more_than_can_be_stored_lose_nothing(
    database: Database, make_journal: Callable[..., Journal]
) -> None:
    writer = Writer(database, 0.01, journal=make_journal(limit=64 * SIZE))
    recorders = [a_recorder(channel=writer) for _ in range(4)]
    threads = [Thread(target=_say, args=(recorder, 0, LINES)) for recorder in recorders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for recorder in recorders:
        recorder.finish(states.SUCCESS)
    assert writer.flush(60)
    for recorder in recorders:
        record = database.record(recorder)
        assert record.state == states.SUCCESS
        assert record.lines == _numbered(LINES)
    assert writer.free == outbox.MEMORY
