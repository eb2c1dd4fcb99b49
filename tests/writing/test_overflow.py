"""While the database is away memory is bounded, however many tasks end, or are sent: all are stored after."""

import gc
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.changes import Identity, LogChange
from progress_updater.recording.recorder import Recorder
from progress_updater.settings import current
from progress_updater.writing import overflow
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.journal.segments import SIZE
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sinks.memory import MemorySink
from progress_updater.writing.sources import publication
from progress_updater.writing.writer import Writer
from tests.faults.interruptions import Interruption
from tests.stored import Stored
from tests.waiting import wait_until
from tests.writing.by_hand import store_all
from tests.writing.changes import a_recorder, texts
from tests.writing.programs import run_program

MEBIBYTE = 1024 * 1024
BOUND = 64 * MEBIBYTE
"""What 16 MiB of tasks take at the most, with all that is made of them while they are put away."""

AN_OUTAGE = """
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
import django
from django.conf import settings
settings.configure()
from progress_updater.recording.changes import Identity
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.writer import Writer

class Database:
    def __init__(self):
        self.is_away, self.told = True, Counter()
    def store(self, changes):
        if self.is_away:
            raise StoreLater("away")
        for change in changes:
            run = change.run
            self.told[change.task_uuid, run.attempt.state, len(run.steps), len(run.messages)] += 1
    def rest(self): pass
    def prepare_fork(self): pass
    def abandon(self): pass

def peak():  # ru_maxrss would begin with the peak of the process that started this one
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) * 1024

Writer._start = lambda self: None
database = Database()
writer = Writer(database, 0.25, journal=Journal(Path(sys.argv[1]) / "parent" / "journals", 64 << 20))
before = peak()
for number in range(int(sys.argv[2])):
    run = Recorder(
        task_uuid=f"{number}", identity=Identity(task_name="x"), channel=writer, text_limit=100, max_steps=10
    )
    run.announce()
    step = run.open_step(run.root, "Step")
    run.say(step, "said")
    run.close_step(step, None)
    run.finish("SUCCESS")
    if number % 1000 == 0:
        with suppress(StoreLater):
            writer._flush()
grown = peak() - before
database.is_away = False
while not writer.is_empty:
    writer._flush()
    grown = max(grown, peak() - before)
writer.close(0)
print(grown, len(database.told), *set(key[1:] for key in database.told), set(database.told.values()))
"""


def test_30000_tasks_that_end_in_an_outage_take_bounded_memory_and_are_stored_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AN_OUTAGE, tmp_path, "30000"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    grown, _, told = done.stdout.partition(" ")
    assert told == "30000 ('SUCCESS', 1, 1) {1}\n"
    assert int(grown) <= BOUND, f"{int(grown) / MEBIBYTE:.0f} MiB"
    assert [path.name for path in tmp_path.glob("*/*/*")] == []


class Database(MemorySink):
    """Keep what is stored, or be away."""

    def __init__(self) -> None:
        super().__init__(kept=None)
        self.is_away = False
        self.goes_away_after: int | None = None
        self.order: list[str] = []

    def store(self, changes: list[LogChange]) -> None:
        if self.goes_away_after is not None:
            self.is_away, self.goes_away_after = self.goes_away_after == 0, self.goes_away_after - 1
        if self.is_away:
            raise StoreLater("away")
        super().store(changes)
        self.order += [change.task_uuid for change in changes]

    def record(self, task_uuid: str) -> Stored:
        return Stored(self.changes.get(task_uuid, []))

    @property
    def ends(self) -> Counter[str]:
        """How often the end of each task was told."""
        told = [change for changes in self.changes.values() for change in changes]
        return Counter(change.task_uuid for change in told if change.run and change.run.attempt.end)


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overflow, "HELD", 100 * overflow.RUN_COST)
    monkeypatch.setattr(overflow, "MOST", 300 * overflow.RUN_COST)
    monkeypatch.setattr(overflow, "ROWS", 20)
    monkeypatch.setattr(overflow, "LONGEST", 0.0)  # a part in each flush


start_thread = Writer._start


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store when the test says so."""
    monkeypatch.setattr(Writer, "_start", lambda self: None)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "parent" / "journals"


@pytest.fixture
def make_writer(folder: Path) -> Iterator[Callable[..., Writer]]:
    """Return a function that makes writers with a journal, whose files go in the end."""
    made: list[Writer] = []

    def make(sink: Any, limit: int = 8 * SIZE) -> Writer:
        made.append(Writer(sink, 0.0, journal=Journal(folder, limit)))
        return made[-1]

    yield make
    for writer in made:
        assert writer._journal is not None
        writer._journal.close()
        writer.overflow.begin_anew()


@pytest.fixture
def writer(database: Database, make_writer: Callable[..., Writer]) -> Writer:
    return make_writer(database)


def _run(writer: Writer, name: str = "", *, steps: int = 1) -> Recorder:
    """Record a run from its beginning to its end."""
    recorder = a_recorder(name or None, channel=writer)
    recorder.announce()
    for number in range(steps):
        step = recorder.open_step(recorder.root, f"step {number}")
        recorder.say(step, f"line {number}")
        recorder.close_step(step, None)
    recorder.finish(states.SUCCESS)
    return recorder


def _names(count: int, first: int = 0) -> list[str]:
    return [f"{number:05}" for number in range(first, first + count)]


def _try(writer: Writer) -> None:
    with pytest.raises(StoreLater):
        writer._flush()


def _run_in_outage(writer: Writer, names: list[str]) -> None:
    for name in names:
        _run(writer, name)
        if name.endswith("00"):
            _try(writer)
    _try(writer)
    assert writer.overflow.is_used


def _in_memory() -> int:
    gc.collect()
    # By its type: objects of other tests may refuse to tell their class.
    return sum(type(each) is Recorder for each in gc.get_objects())


def _all_are_there_once(database: Database, names: list[str]) -> None:
    assert database.ends == Counter(names)
    for name in names:
        record = database.record(name)
        assert (record.state, record.outline, record.lines) == (
            states.SUCCESS,
            [("1 step 0", states.SUCCESS)],
            ["line 0"],
        )
        assert record.task is not None
        assert (record.task.steps_done, record.task.count.current, record.task.message) == (1, 1, "line 0")


# ---------------------------------------------------------------- runs that have ended


def test_runs_that_have_ended_leave_memory_and_are_stored_once_in_order(
    writer: Writer, database: Database
) -> None:
    before = _in_memory()
    database.is_away = True
    names = _names(1_000)
    _run_in_outage(writer, names)
    assert _in_memory() - before <= 200
    database.is_away = False
    assert store_all(writer) > 5  # part by part
    assert list(dict.fromkeys(database.order)) == names
    _all_are_there_once(database, names)
    assert writer.free == 32 * MEBIBYTE


def test_a_short_outage_is_none_of_its_business(writer: Writer, database: Database) -> None:
    database.is_away = True
    for name in _names(50):
        _run(writer, name)
    _try(writer)
    assert not writer.overflow.is_used
    database.is_away = False
    store_all(writer)
    _all_are_there_once(database, _names(50))


def test_a_run_that_goes_on_through_an_outage_is_whole(writer: Writer, database: Database) -> None:
    before, within = a_recorder("before", channel=writer), a_recorder("within", channel=writer)
    before.announce()
    writer._flush()
    database.is_away = True
    within.announce()
    open_steps = [(run, run.open_step(run.root, "goes on", total=500)) for run in (before, within)]
    for number, name in enumerate(_names(500)):
        _run(writer, name)
        for run, step in open_steps:
            run.say(step, f"line {number}")
            step.add(1)
        if number % 70 == 0:
            _try(writer)
    _try(writer)
    database.is_away = False
    while writer.overflow.is_used:
        writer._flush()
        before.say(before.root, "while it is read back")
    for run, step in open_steps:
        run.close_step(step, None)
        run.finish(states.SUCCESS)
    store_all(writer)
    for run in (before, within):
        record = database.record(run.task_uuid)
        assert [line for line in record.lines if line.startswith("line")] == [
            f"line {number}" for number in range(500)
        ]
        assert (record.state, record.outline) == (states.SUCCESS, [("1 goes on", states.SUCCESS)])
        assert record.step("goes on").count.current == 500
        numbers = [line.n for line in record.last.ordered]
        assert numbers == sorted(set(numbers))


def test_runs_that_begin_and_never_end_leave_memory_too(writer: Writer, database: Database) -> None:
    before = _in_memory()
    database.is_away = True
    for name in _names(1_000):
        a_recorder(name, channel=writer).announce()
        if name.endswith("00"):
            _try(writer)
    _try(writer)
    assert _in_memory() - before <= 200
    database.is_away = False
    store_all(writer)
    assert list(database.changes) == _names(1_000)


def test_threads_that_record_while_the_database_comes_and_goes_lose_nothing(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch, failures: None
) -> None:
    monkeypatch.setattr(Writer, "_start", start_thread)

    def record(name: str) -> None:
        goes_on = a_recorder(f"goes on {name}", channel=writer)
        goes_on.announce()
        for number in range(300):
            _run(writer, f"{name} {number:03}")
            goes_on.say(goes_on.root, f"line {number}")
            if name == "a" and number % 60 == 0:
                database.is_away = not database.is_away
        goes_on.finish(states.SUCCESS)

    threads = [Thread(target=record, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.is_away = False
    assert writer.flush(60)
    for name in "abcd":
        assert database.record(f"goes on {name}").lines == [f"line {number}" for number in range(300)]
    short = [f"{name} {number:03}" for name in "abcd" for number in range(300)]
    for name in short:
        record_of = database.record(name)
        assert (record_of.state, record_of.lines, len(record_of.runs)) == (states.SUCCESS, ["line 0"], 1)


def test_a_run_that_is_reopened_after_its_end_went_to_the_file_goes_on(
    writer: Writer, database: Database
) -> None:
    database.is_away = True
    reopened = _run(writer, "reopened")
    _run_in_outage(writer, _names(200))
    second = reopened.open_step(reopened.root, "second")
    _run_in_outage(writer, _names(200, 200))
    database.is_away = False
    store_all(writer)
    assert database.record("reopened").state == states.STARTED
    reopened.close_step(second, None)
    reopened.finish(states.SUCCESS)
    store_all(writer)
    record = database.record("reopened")
    assert record.state == states.SUCCESS
    assert record.outline == [("1 step 0", states.SUCCESS), ("2 second", states.SUCCESS)]


def test_what_a_helper_says_after_the_end_of_its_run_comes_after_it(
    writer: Writer, database: Database
) -> None:
    database.is_away = True
    recorder = _run(writer, "one")
    _run_in_outage(writer, _names(200))
    recorder.say(recorder.root, "late")
    database.is_away = False
    store_all(writer)
    record = database.record("one")
    assert (record.state, record.lines) == (states.SUCCESS, ["line 0", "late"])


def test_the_second_run_of_a_task_stays_the_second_one(writer: Writer, database: Database) -> None:
    database.is_away = True
    first = a_recorder("one", channel=writer)
    first.announce()
    second = _run(writer, "one")
    _run_in_outage(writer, _names(200))
    first.finish(states.FAILURE)
    third = a_recorder("one", channel=writer)
    third.announce()
    database.is_away = False
    store_all(writer)
    record = database.record("one")
    assert list(record.runs) == [first.run, second.run, third.run]


def test_a_second_outage_while_it_is_read_back_loses_nothing(writer: Writer, database: Database) -> None:
    database.is_away = True
    names = _names(300)
    _run_in_outage(writer, names)
    database.goes_away_after = 3
    for _ in range(3):
        writer._flush()
    _try(writer)
    more = _names(300, 300)
    database.goes_away_after = None
    _run_in_outage(writer, more)
    database.is_away = False
    store_all(writer)
    assert list(dict.fromkeys(database.order)) == [*names, *more]
    _all_are_there_once(database, [*names, *more])


def test_memory_is_bounded_while_the_file_is_read_back_too(writer: Writer, database: Database) -> None:
    before = _in_memory()
    database.is_away = True
    _run_in_outage(writer, _names(300))
    database.is_away = False
    for part in range(3, 15):
        for name in _names(100, 100 * part):
            _run(writer, name)
        writer._flush()
        assert _in_memory() - before <= 250
    store_all(writer)
    _all_are_there_once(database, _names(1_500))


def test_nobody_is_told_that_all_is_stored_while_the_file_has_something(
    writer: Writer, database: Database, folder: Path
) -> None:
    database.is_away = True
    _run_in_outage(writer, _names(200))
    assert not writer.is_empty
    writer.close(0)
    assert list(folder.glob("*.journal")) != []
    database.is_away = False
    writer._flush()
    assert not writer.is_empty
    store_all(writer)
    writer.close(0)
    assert list(folder.iterdir()) == []


def test_no_file_of_the_journal_goes_before_all_is_stored(
    writer: Writer, database: Database, folder: Path
) -> None:
    recorder = a_recorder(channel=writer)
    recorder.announce()
    recorder.say(recorder.root, "x" * 9_000)
    database.is_away = True
    _run_in_outage(writer, _names(4_000))
    files = sorted(folder.glob("*.journal"))
    assert len(files) >= 2
    database.is_away = False
    while writer.overflow.is_used:
        assert sorted(folder.glob("*.journal")) == files
        writer._flush()
    store_all(writer)
    assert not files[0].exists()


def test_the_file_has_no_name(writer: Writer, database: Database, folder: Path) -> None:
    database.is_away = True
    names = {path.name for path in folder.glob("*")}
    _run_in_outage(writer, _names(200))
    new = {path.name for path in folder.iterdir()} - names
    assert {name.rpartition(".")[2] for name in new} == {"lock", "journal"}


def test_the_thread_stores_all_before_it_says_that_all_is_stored(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch, failures: None
) -> None:
    monkeypatch.setattr(Writer, "_start", start_thread)
    database.is_away = True
    names = _names(1_000)
    for name in names:
        _run(writer, name)
        if name.endswith("00"):
            assert not writer.flush(0.01)
    wait_until(lambda: writer.overflow.is_used, 10, "a try")
    assert not writer.flush(0.01)
    database.is_away = False
    assert writer.flush(60)
    _all_are_there_once(database, names)


# ---------------------------------------------------------------- tasks that were sent


def test_tasks_that_were_sent_leave_memory_and_are_stored_once(writer: Writer, database: Database) -> None:
    database.is_away = True
    for name in _names(1_000):
        writer.prompt(publication(name, Identity(task_name="TEST", args="[1]")))
        if name.endswith("00"):
            _try(writer)
    _try(writer)
    assert len(writer._sources) <= 200
    database.is_away = False
    store_all(writer)
    assert database.order == _names(1_000)


# ---------------------------------------------------------------- where there is no room


def test_without_a_journal_the_oldest_are_left_out_and_counted_with_one_warning(
    database: Database, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(database, 0.0)
    database.is_away = True
    goes_on = a_recorder("goes on", channel=writer)
    goes_on.announce()
    for name in _names(1_000):
        writer.prompt(publication(name, Identity(task_name="TEST")))
        goes_on.say(goes_on.root, name)
        if name.endswith("00"):
            _try(writer)
    _try(writer)
    database.is_away = False
    store_all(writer)
    kept = 1_000 - writer.overflow.left_out
    assert 250 < kept < 350
    assert [name for name in database.order if name != "goes on"] == _names(kept, 1_000 - kept)
    assert database.record("goes on").lines == _names(1_000)
    (warning,) = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert "there is no journal" in warning


def test_beyond_journal_size_the_file_is_full_and_the_oldest_in_memory_are_left_out(
    database: Database,
    make_writer: Callable[..., Writer],
    failures: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = make_writer(database, limit=20_000)
    database.is_away = True
    names = _names(2_000)
    _run_in_outage(writer, names)
    assert sum(part.size for part in writer.overflow._parts) <= 20_000
    database.is_away = False
    store_all(writer)
    left_out = writer.overflow.left_out
    assert 0 < left_out < 1_700
    stored = list(dict.fromkeys(database.order))
    assert stored == sorted(stored)
    assert len(stored) + left_out == 2_000
    _all_are_there_once(database, stored)
    (warning,) = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert "JOURNAL_SIZE is reached" in warning
    assert names[-1] in stored


def test_runs_that_the_journal_has_no_room_for_are_stored_all_the_same(
    database: Database, make_writer: Callable[..., Writer], failures: None
) -> None:
    writer = make_writer(database, limit=SIZE)
    database.is_away = True
    names = _names(5_000)
    _run_in_outage(writer, names)
    assert _takes_nothing(writer)
    database.is_away = False
    store_all(writer)
    assert not _takes_nothing(writer)
    _all_are_there_once(database, names)


def _takes_nothing(writer: Writer) -> bool:
    return writer._journal is not None and writer._journal.is_off


def _has_no_room(*_: object) -> int:
    raise OSError(28, os.strerror(28))


def _writes_half(descriptor: int, data: bytes, at: int) -> int:
    return len(data) // 2


@pytest.mark.parametrize("write", [_has_no_room, _writes_half])
def test_on_a_full_disk_memory_keeps_what_it_can(
    write: Any, writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.is_away = True
    for name in _names(120):
        _run(writer, name)
    _try(writer)
    written = len(writer.overflow._parts)
    assert written
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", write)
        for name in _names(120, 120):
            _run(writer, name)
        _try(writer)
        assert len(writer.overflow._parts) == written
    _run_in_outage(writer, _names(120, 240))
    assert len(writer.overflow._parts) > written
    database.is_away = False
    store_all(writer)
    _all_are_there_once(database, _names(360))


def test_what_cannot_be_read_back_is_left_out_and_counted(
    writer: Writer, database: Database, failures: None
) -> None:
    database.is_away = True
    _run_in_outage(writer, _names(200))
    first = writer.overflow._parts[0]
    assert writer.overflow._descriptor is not None
    os.pwrite(writer.overflow._descriptor, bytes(first.size), first.start)
    database.is_away = False
    store_all(writer)
    assert writer.overflow.left_out == first.changes
    _all_are_there_once(database, _names(200)[first.changes :])


# ---------------------------------------------------------------- signals, forks and kills


class InWriter(Interruption):
    """Raise at one of the points of the writer, and of what it consists of."""

    def _point(self, frame: FrameType) -> None:
        if Path(frame.f_code.co_filename).name in {"overflow.py", "outbox.py", "writer.py"}:
            super()._point(frame)


@pytest.mark.alone  # it traces itself, as coverage does
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file that is just made
def test_a_signal_at_any_point_of_storing_loses_nothing_and_stores_nothing_twice(
    database: Database, make_writer: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overflow, "HELD", overflow.RUN_COST)
    monkeypatch.setattr(overflow, "ROWS", 4)
    writer, at, is_passed = make_writer(database), 0, False
    while not is_passed:
        at += 1
        names = _names(3, 10 * at)
        for name in names:
            _run(writer, name)
        point = InWriter(at)

        def outage(writer: Writer = writer) -> None:
            database.is_away = True
            with suppress(StoreLater):
                writer._flush_in_turn()
            database.is_away = False
            while not writer.is_empty:
                writer._flush_in_turn()

        try:
            point.during(outage)
            is_passed = True
        except SoftTimeLimitExceeded:
            database.is_away = False
            store_all(writer)
        for name in names:
            record = database.record(name)
            assert len(record.runs) == 1, point.where
            assert (record.state, record.lines) == (states.SUCCESS, ["line 0"]), point.where
    assert at > 100


AWAY = """
from progress_updater.writing import overflow
from progress_updater.writing.channels import channel
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.writer import Writer
overflow.HELD, overflow.ROWS, overflow.LONGEST = 100_000, 20, 0
Writer._start = lambda self: None
really_store = DatabaseSink.store
def away(*_): raise StoreLater("away")
def store_all():
    while not channel().is_empty: channel()._flush()
DatabaseSink.store = away
goes_on = TaskUpdater(task_uuid="goes on").__enter__()
for number in range(300):
    with TaskUpdater(task_uuid=f"{number:05}") as updater:
        with updater.step("step"): notify("said")
    goes_on.notify(f"{number:05}")
    if number % 50 == 49:
        try: channel()._flush()
        except StoreLater: pass
assert channel().overflow.is_used
DatabaseSink.store = really_store
"""
"""A program in an outage, which has just ended."""


def _in_journal_dir(folder: Path, program: str) -> str:
    setting = f"from django.conf import settings; settings.PROGRESS_UPDATER['JOURNAL_DIR'] = {str(folder)!r}"
    return f"{setting}\n{AWAY}\n{program}"


def _all_are_stored_once() -> None:
    values = TaskLog.objects.exclude(task_uuid="goes on").values_list("state", "attempts", "steps_done")
    assert Counter(values) == {(states.SUCCESS, 1, 1): 300}
    assert Counter(Step.objects.values_list("name", "state")) == {("step", states.SUCCESS): 300}
    assert Message.objects.exclude(task_log__task_uuid="goes on").count() == 300


def test_a_forked_child_leaves_it_to_its_parent(sqlite_database: str, tmp_path: Path) -> None:
    program = """
child = os.fork()
if child == 0:
    try:
        assert channel().is_empty and not channel().overflow.is_used
        with TaskUpdater(task_uuid="of the child") as updater: updater.notify("said")
        store_all()
        assert list(TaskLog.objects.values_list("task_uuid", flat=True)) == ["of the child"]
        channel().close(0)
        os._exit(0)
    finally:
        os._exit(1)
assert os.waitpid(child, 0)[1] == 0
assert channel().overflow.is_used
TaskLog.objects.all().delete()
store_all()
goes_on.finish()
store_all()
"""
    assert run_program(sqlite_database, _in_journal_dir(tmp_path / "journals", program)) == ""
    _all_are_stored_once()
    assert texts("goes on") == _names(300)
    assert list((tmp_path / "journals").glob("*/*.journal")) == []


class AwayAtTimes(DatabaseSink):
    """A real database that is away when the test wants it."""

    is_away = False

    def store(self, changes: list[LogChange], complete: Any = None) -> None:
        if self.is_away:
            raise StoreLater("away")
        super().store(changes, complete)


def test_the_tables_have_all_in_the_end(sqlite_database: str, make_writer: Callable[..., Writer]) -> None:
    sink = AwayAtTimes(sqlite_database)
    writer = make_writer(sink)
    goes_on = a_recorder("goes on", channel=writer)
    goes_on.announce()
    writer._flush()
    sink.is_away = True
    for name in _names(500):
        _run(writer, name, steps=3)
        goes_on.say(goes_on.root, name)
        if name.endswith("50"):
            _try(writer)
    _try(writer)
    sink.is_away = False
    store_all(writer)
    goes_on.finish(states.SUCCESS)
    store_all(writer)
    logs = TaskLog.objects.exclude(task_uuid="goes on")
    values = logs.values_list("state", "attempts", "steps_done", "current", "unit", "message")
    assert Counter(values) == {(states.SUCCESS, 1, 3, 3, "steps", "line 2"): 500}
    assert Counter(Step.objects.values_list("name", "state")) == {
        (f"step {number}", states.SUCCESS): 500 for number in range(3)
    }
    assert texts("00007") == ["line 0", "line 1", "line 2"]
    assert texts("goes on") == _names(500)
    assert Message.objects.count() == 2_000
    assert Attempt.objects.filter(state=states.SUCCESS, end__isnull=False).count() == 501
    sink.rest()


@pytest.mark.parametrize("parts", [0, 3])
def test_a_process_that_is_killed_in_an_outage_or_while_it_reads_back_leaves_all_in_its_journal(
    parts: int, sqlite_database: str, tmp_path: Path, settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path / "journals"}
    program = f"""
for _ in range({parts}): channel()._flush()
assert channel().overflow.is_used
os.kill(os.getpid(), 9)
"""
    assert run_program(sqlite_database, _in_journal_dir(tmp_path / "journals", program)) == ""
    assert (Attempt.objects.count() > 0) == (parts > 0)
    sink, folder = DatabaseSink(sqlite_database), journal_folder(current())
    assert folder is not None
    assert recover(sink, folder) == 1
    sink.rest()
    _all_are_stored_once()
    assert texts("goes on") == _names(300)
    assert TaskLog.objects.get(task_uuid="goes on").state == states.LOST
