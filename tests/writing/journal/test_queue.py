"""Beyond the memory for lines the journal is the queue: nothing is lost, nothing comes out of order."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

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
from tests.faults.interruptions import Interruption
from tests.stored import Stored
from tests.writing.by_hand import store_all
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


def _say(recorder: Recorder, first: int, last: int) -> None:
    for number in range(first, last):
        recorder.say(recorder.root, f"line {number}")


def _numbered(last: int) -> list[str]:
    return [f"line {number}" for number in range(last)]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"))


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
    assert store_all(by_hand) > 2  # file by file
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
    store_all(by_hand)
    assert database.record(recorder).lines == _numbered(30_000)


def test_lines_said_while_the_queue_is_read_come_after_it(by_hand: Writer, database: Database) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    said = LINES
    while by_hand.queueing:
        by_hand._flush()
        _say(recorder, said, said + 100)
        said += 100
    store_all(by_hand)
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
    store_all(by_hand)
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
    store_all(by_hand)
    record = database.record(recorder)
    assert [line for line in record.lines if not line.endswith(" rows")] == _numbered(LINES)
    assert [line for line in record.lines if line.endswith(" rows")] == [f"{LINES - 1} rows"]
    assert by_hand.free == outbox.MEMORY


@pytest.mark.parametrize("files", [1, 3])
def test_a_full_journal_leaves_a_counted_gap(
    files: int,
    database: Database,
    make_journal: Callable[..., Journal],
    monkeypatch: pytest.MonkeyPatch,
    failures: object,
) -> None:
    monkeypatch.setattr(Writer, "_start", lambda self: None)
    writer = Writer(database, 0.0, journal=make_journal(limit=files * SIZE))
    recorder = _begun(writer)
    said = LINES * files
    _say(recorder, 0, said)
    while writer.queueing:  # there is memory again, while lines wait in a journal that is full
        writer._flush()
        _say(recorder, said, said + 300)
        said += 300
    store_all(writer)
    lost = _check_order(database.record(recorder), said)
    assert 0 < lost < said - 5_000
    _say(recorder, said, said + 10)
    store_all(writer)
    assert _check_order(database.record(recorder), said + 10) == lost


def _check_order(record: Stored, said: int) -> int:
    """Check that each line is stored in its place or counted; return how many are counted."""
    seqs = record.last.seqs
    by_seq = sorted(record.last.ordered, key=lambda line: seqs["line", line.n])
    assert [line.n for line in by_seq] == sorted(line.n for line in by_seq)
    said_numbers = [int(line.text.split()[1]) for line in by_seq if line.source != "gap"]
    lost = sum(json.loads(gap.data or "")["count"] for gap in record.gaps)
    assert said_numbers == sorted(set(said_numbers))
    assert len(said_numbers) + lost == said
    return lost


@pytest.mark.alone  # it traces itself, as coverage does
def test_a_signal_at_any_point_of_a_queued_line_holds_back_neither_steps_nor_the_end(
    by_hand: Writer, database: Database
) -> None:
    at, is_passed = 0, False
    while not is_passed:
        at += 1
        recorder, point = _begun(by_hand), Interruption(at)
        with suppress(SoftTimeLimitExceeded):
            point.during(lambda recorder=recorder: _away_from_memory(recorder, "queued"))  # type: ignore[misc]
            is_passed = True
        by_hand.free = outbox.MEMORY
        recorder.close_step(recorder.open_step(recorder.root, "after"), None)
        recorder.finish(states.SUCCESS)
        store_all(by_hand)
        record = database.record(recorder)
        assert (record.state, record.outline) == (states.SUCCESS, [("1 after", states.SUCCESS)]), point.where
        assert record.lines in ([], ["queued"])
    assert at > 20
    assert record.lines == ["queued"]


def _away_from_memory(recorder: Recorder, text: str) -> None:
    free, recorder._channel.free = recorder._channel.free, 0
    recorder.say(recorder.root, text)
    recorder._channel.free += free


def _check_place(writer: Writer, database: Database, recorder: Recorder, text: str) -> None:
    """Check that a step that begins now comes after the line before it."""
    recorder.open_step(recorder.root, "after")
    store_all(writer)
    record = database.record(recorder)
    (line,) = [line for line in record.last.ordered if line.text == text]
    assert record.last.seqs["line", line.n] < record.last.seqs["opened", record.step("after").number]


def test_what_another_thread_puts_while_all_are_released_keeps_its_place(
    by_hand: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _begun(by_hand), _begun(by_hand)
    for recorder in (first, second):
        _away_from_memory(recorder, "queued")
    puts: list[str] = []

    def add(source: object) -> None:
        really_add(source)
        if source is first and len(puts) < 2:
            puts.append("put")
            _away_from_memory(second, f"put {len(puts)}")

    really_add = by_hand.add
    with monkeypatch.context() as patch:
        patch.setattr(by_hand, "add", add)
        by_hand._flush()
    assert len(puts) == 2
    _check_place(by_hand, database, second, "put 2")
    assert database.record(second).lines == ["queued", "put 1", "put 2"]


def test_what_a_thread_is_writing_while_the_rest_is_read_keeps_its_place(
    by_hand: Writer, database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = _begun(by_hand)
    _away_from_memory(recorder, "queued")
    writes, is_read = Event(), Event()

    def keep(entry: tuple[object, ...]) -> object:
        writes.set()
        assert is_read.wait(60)
        return Journal.keep(journal, entry)

    really_take_back = Recorder.take_back

    def take_back(recorder: Recorder, entries: list[tuple[object, ...]]) -> None:
        really_take_back(recorder, entries)
        is_read.set()
        other.join()

    other = Thread(target=recorder.say, args=(recorder.root, "late"))
    with monkeypatch.context() as patch:
        patch.setattr(journal, "keep", keep)
        other.start()
        assert writes.wait(60)
        patch.setattr(Recorder, "take_back", take_back)
        by_hand._flush()
    assert not other.is_alive()
    _check_place(by_hand, database, recorder, "late")


LONG = "x" * 10_000


class HoldUp(Interruption):
    """Hold a thread up at one chosen point of the app's own code."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.is_held, self.may_go_on = Event(), Event()

    def _point(self, frame: FrameType) -> None:
        try:
            super()._point(frame)
        except SoftTimeLimitExceeded:
            self.is_held.set()
            assert self.may_go_on.wait(60)


def _fill_file(recorder: Recorder, journal: Journal) -> int:
    said = 0
    while SIZE - journal.segments[-1].position > len(LONG) + 200:
        recorder.say(recorder.root, LONG)
        said += 1
    return said


@pytest.mark.alone  # it traces itself, as coverage does
def test_wherever_a_thread_is_held_up_that_begins_a_file_nothing_is_lost(
    by_hand: Writer, database: Database, journal: Journal
) -> None:
    at, is_passed = 0, False
    while not is_passed:
        at += 1
        recorder, other, point = _begun(by_hand), _begun(by_hand), HoldUp(at)
        _away_from_memory(recorder, "queued")
        said = 1 + _fill_file(recorder, journal)
        thread = Thread(target=point.during, args=(lambda other=other: other.say(other.root, LONG),))
        thread.start()
        while not point.is_held.wait(0.001) and thread.is_alive():
            pass
        is_passed = not point.is_held.is_set()
        said += _say_long(recorder, 150)  # more than a file
        by_hand._flush()
        by_hand._flush()
        point.may_go_on.set()
        thread.join()
        said += _fill_file(recorder, journal) + _say_long(recorder, 1)
        store_all(by_hand)
        assert database.record(other).lines == [LONG], point.where
        numbers = [line.n for line in database.record(recorder).last.ordered]
        assert numbers == sorted(numbers), point.where
        assert len(numbers) == said, point.where
    assert at > 40


def _say_long(recorder: Recorder, lines: int) -> int:
    for _ in range(lines):
        recorder.say(recorder.root, LONG)
    return lines


def test_a_killed_process_leaves_the_steps_between_its_queued_lines(
    by_hand: Writer, database: Database, journal: Journal, folder: Path
) -> None:
    recorder = _begun(by_hand)
    opened = 0
    while len(journal.segments) < 4:
        recorder.open_step(recorder.root, f"step {opened}")
        opened += 1
        recorder.say(recorder.root, "x" * 5_000)
    while len(journal.segments) > 1:
        by_hand._flush()
        left = {entry[4] for (run,) in read_journal(_files(folder)) for entry in run.steps.values()}
        stored = {step.name for step in database.record(recorder).steps}
        assert stored | left == {f"step {number}" for number in range(opened)}


@pytest.mark.parametrize("moment", ["Journal.close", "Path.unlink"])
def test_what_a_thread_says_while_a_process_ends_stays_in_a_journal(
    by_hand: Writer, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    recorder, owner, name = _begun(by_hand), *moment.split(".")
    known = {"Journal": Journal, "Path": Path}[owner]
    act = getattr(known, name)

    def say_before(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(known, name, act)
        _say(recorder, 0, 1)
        return act(*args, **options)

    monkeypatch.setattr(known, name, say_before)
    by_hand.close(0)
    locks = [path.name.removesuffix(".lock") for path in folder.glob("*.lock")]
    files = [path for path in _files(folder) if path.name.partition(".")[0] in locks]
    runs = next(read_journal(files))
    assert [(run.run, [line.text for line in run.lines.values()]) for run in runs] == [
        (recorder.run, ["line 0"])
    ]
    assert _files(folder) == files


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
    by_hand: Writer, database: Database, folder: Path
) -> None:
    recorder = _begun(by_hand)
    _say(recorder, 0, LINES)
    by_hand._flush()
    by_hand._flush()
    stored = set(database.record(recorder).lines)
    left = {line.text for (run,) in read_journal(_files(folder)) for line in run.lines.values()}
    assert 0 < len(stored) < LINES
    assert stored | left == set(_numbered(LINES))


def test_a_process_killed_while_a_run_cannot_be_collected_leaves_its_lines_in_the_journal(
    by_hand: Writer, database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, well = _begun(by_hand), _begun(by_hand)
    with monkeypatch.context() as patch:
        patch.setattr(broken._unsaved, "collect", _has_no_memory)
        for recorder in (broken, well):
            _say(recorder, 0, 3)
        for _ in range(2):
            with pytest.raises(MemoryError):
                by_hand._flush()
    assert database.record(well).lines == _numbered(3)
    paths = [segment.path for segment in journal.segments]
    left = [line.text for runs in read_journal(paths) for run in runs for line in run.lines.values()]
    assert left == _numbered(3) * 2
    by_hand._flush()
    assert database.record(broken).lines == _numbered(3)


def _has_no_memory(*_: object) -> None:
    raise MemoryError


def test_thousands_of_live_runs_are_known_whichever_files_have_gone(
    database: Database,
    make_journal: Callable[..., Journal],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Writer, "_start", lambda self: None)
    journal = make_journal(limit=32 * SIZE)
    writer = Writer(database, 0.0, journal=journal)
    recorders = [a_recorder(channel=writer) for _ in range(5_000)]
    for recorder in recorders:
        recorder.announce()
        recorder.say(recorder.root, "line 0")
    assert len(journal.segments) < 6
    writer._flush()
    store_all(writer)
    for number in range(1, 4):
        for recorder in recorders:
            recorder.say(recorder.root, f"line {number}")
        left = [run for run in _runs(folder) if f"line {number}" in run.values()]
        assert len(left) == 5_000
        assert len(_files(folder)) < 6
        store_all(writer)
    for recorder in recorders:
        recorder.finish(states.SUCCESS)
    store_all(writer)
    last = _begun(writer)
    _say(last, 0, LINES)
    store_all(writer)
    _say(last, 0, LINES)
    store_all(writer)
    assert len(_runs(folder)) < 10
    assert all(database.record(recorder).lines == _numbered(4) for recorder in recorders)


def _runs(folder: Path) -> list[dict[int, str]]:
    """Return what is left of each run that the journal knows: the lines that are not stored, by n."""
    runs: dict[str, dict[int, str]] = {}
    for known in read_journal(_files(folder)):
        for run in known:
            runs.setdefault(run.run, {}).update({n: line.text for n, line in run.lines.items()})
    return list(runs.values())


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
    assert writer.flush(300)
    for recorder in recorders:
        record = database.record(recorder)
        assert record.state == states.SUCCESS
        assert record.lines == _numbered(LINES)
    assert writer.free == outbox.MEMORY
