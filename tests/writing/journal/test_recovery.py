"""What a killed process left is stored by another one: all of it, once, in order, with the end it had."""

import os
from pathlib import Path
from typing import Any

import pytest

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.settings import current
from progress_updater.writing.journal import reading, recovery
from progress_updater.writing.journal.folder import UnsafeFolder, journal_folder
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import migrate
from tests.writing.programs import run_program

KILL = "os.kill(os.getpid(), 9)"
NEVER_RECOVERS = "from progress_updater.writing.journal import recovery; recovery.recover = lambda *_: 0"
NEVER_FLUSHES = "from progress_updater.writing import writer; writer.Writer._flush = lambda self: None"


@pytest.fixture
def folder(database: str, tmp_path: Path, settings: object) -> Path:
    """The folder in which the journals of the programs are."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path}  # type: ignore[attr-defined]
    found = journal_folder(current())
    assert found is not None
    return found


def _die(database: str, folder: Path, program: str, *, first: str = NEVER_FLUSHES) -> None:
    """Run a program that kills itself; by default nothing of it is stored."""
    setting = (
        f"from django.conf import settings; settings.PROGRESS_UPDATER['JOURNAL_DIR'] = {str(folder.parent)!r}"
    )
    said = run_program(database, f"{setting}\n{first}\n{program}\n{KILL}")
    assert said == ""


def _record() -> tuple[str, list[str], dict[str, str]]:
    log = TaskLog.objects.get()
    lines = list(Message.objects.order_by("seq").values_list("text", flat=True))
    return log.state, lines, dict(Step.objects.order_by("number").values_list("name", "state"))


def test_a_run_of_which_nothing_was_stored_is_there_with_all_it_said(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        """
updater = TaskUpdater(task_uuid="one", task_name="TEST", owner="7").__enter__()
with updater.step("Done"):
    notify("first", data={"a": 1})
updater.step("Goes on").__enter__()
for number in range(3): notify(f"try {number}", replace="try")
""",
    )
    assert not TaskLog.objects.exists()
    assert recover(sink, folder) == 1
    log, attempt = TaskLog.objects.get(), Attempt.objects.get()
    assert (log.task_uuid, log.task_name, log.owner, log.attempts, log.run) == (
        "one",
        "TEST",
        "7",
        1,
        attempt.run,
    )
    assert _record()[1] == ["first", "try 2"]
    assert (log.message, log.steps_done, log.steps_failed) == ("try 2", 1, 0)
    assert Message.objects.get(text="first").data == {"a": 1}
    assert attempt.start is not None
    assert [path.name for path in folder.iterdir()] == ["recovering.lock"]


def test_the_count_of_a_step_that_has_ended_is_kept_and_that_of_an_open_one_as_it_began(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        """
updater = TaskUpdater(task_uuid="one", task_name="TEST").__enter__()
for _ in updater.track(range(412), "Done", unit="rows"): pass
updater.step("Goes on", total=5).__enter__().advance(2)
""",
    )
    assert recover(sink, folder) == 1
    counts = Step.objects.order_by("number").values_list("name", "current", "total", "unit")
    assert list(counts) == [("Done", 412, 412, "rows"), ("Goes on", 0, 5, None)]


def test_what_the_killed_one_had_stored_is_not_stored_twice(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        f"""
updater = TaskUpdater(task_uuid="one").__enter__()
updater.step("Outer").__enter__()
for number in range(50): notify(str(number))
assert flush(60)
{NEVER_FLUSHES}
for number in range(50, 100): notify(str(number))
""",
        first="",
    )
    assert Message.objects.count() == 50
    assert recover(sink, folder) == 1
    assert _record()[1] == [str(number) for number in range(100)]
    assert TaskLog.objects.get().attempts == 1
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert len(set(seqs)) == 100


def test_a_run_that_had_ended_has_its_own_end(database: str, folder: Path, sink: DatabaseSink) -> None:
    _die(
        database,
        folder,
        """
with TaskUpdater(task_uuid="one") as updater:
    with updater("Fails"):
        raise LookupError("not there")
    with updater("Ends well"):
        pass
""",
    )
    assert recover(sink, folder) == 1
    assert _record() == (states.FAILURE, [], {"Fails": states.FAILURE, "Ends well": states.SUCCESS})
    log, attempt = TaskLog.objects.get(), Attempt.objects.get()
    assert (log.exception, log.exception_type) == ("not there", "LookupError")
    assert log.end is not None
    assert attempt.state == states.FAILURE
    assert attempt.failure is not None
    assert "LookupError" in attempt.failure["traceback"]


def test_who_sees_the_end_of_a_run_sees_how_many_steps_it_had(
    database: str, folder: Path, sink: DatabaseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die(
        database,
        folder,
        """
with TaskUpdater(task_uuid="one", task_name="TEST"):
    with step("Only"):
        pass
""",
    )
    really_put_right, seen = recovery.put_right, []

    def put_right(*args: Any) -> None:
        # On another connection.
        seen.append(TaskLog.objects.count())
        really_put_right(*args)

    monkeypatch.setattr(recovery, "put_right", put_right)
    recover(sink, folder)
    assert seen == [0]
    assert TaskLog.objects.values_list("state", "steps_done").get() == (states.SUCCESS, 1)


def test_a_record_that_was_deleted_since_it_was_stored_does_not_come_back(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        """
with TaskUpdater(task_uuid="deleted"): notify("said")
assert flush(60)
with TaskUpdater(task_uuid="kept"): notify("said")
assert flush(60)
""",
        first=NEVER_RECOVERS,
    )
    TaskLog.objects.get(task_uuid="deleted").delete()
    assert recover(sink, folder) == 1
    assert TaskLog.objects.get().task_uuid == "kept"


def test_a_record_that_was_deleted_does_not_come_back_from_the_introductions_of_files_that_went(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        """
with TaskUpdater(task_uuid="kept") as kept:
    with TaskUpdater(task_uuid="deleted"):
        # Its end comes into another file than its beginning, which goes.
        for number in range(15_000): kept.notify(f"line {number}")
        assert flush(60)
    assert flush(60)
""",
        first=NEVER_RECOVERS,
    )
    assert len(list(folder.glob("*.0.*.journal"))) == 1
    TaskLog.objects.get(task_uuid="deleted").delete()
    assert recover(sink, folder) == 1
    assert TaskLog.objects.get().task_uuid == "kept"


def test_a_run_whose_beginning_comes_into_the_journal_while_others_are_stored_is_not_taken_for_deleted(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        f"""
from progress_updater.recording.recorder import Recorder
TaskUpdater(task_uuid="other").__enter__()
introduce = Recorder.introduce
def flush_between(self):
    introduce(self)
    assert flush(60)
    {NEVER_FLUSHES}
Recorder.introduce = flush_between
TaskUpdater(task_uuid="one").__enter__()
""",
        first=NEVER_RECOVERS,
    )
    assert recover(sink, folder) == 1
    assert set(TaskLog.objects.values_list("task_uuid", "state")) == {
        ("one", states.LOST),
        ("other", states.LOST),
    }


def test_what_is_said_after_the_last_flush_of_a_process_that_ends_is_there(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    program = f"""
from django.conf import settings
settings.PROGRESS_UPDATER["JOURNAL_DIR"] = {str(folder.parent)!r}
updater = TaskUpdater(task_uuid="one").__enter__()
updater.notify("early")
assert flush(60)
def say_late():
    {NEVER_FLUSHES}
    updater.notify("late")
    updater.finish()
late.append(say_late)
"""
    first = "import atexit; late = []; atexit.register(lambda: late[0]())"
    assert run_program(database, program, first=first) == ""
    assert recover(sink, folder) == 1
    assert _record() == (states.SUCCESS, ["early", "late"], {})


def test_recovering_twice_changes_nothing(database: str, folder: Path, sink: DatabaseSink) -> None:
    _die(database, folder, "updater = TaskUpdater(task_uuid='one').__enter__(); notify('said')")
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    recover(sink, folder)
    before = _record()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    assert recover(sink, folder) == 1
    assert _record() == before


def test_a_large_journal_is_stored_a_few_files_at_a_time(
    database: str, folder: Path, sink: DatabaseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die(
        database,
        folder,
        """
updater = TaskUpdater(task_uuid="one", task_name="TEST").__enter__()
with updater.step("First"):
    for number in range(15_000): notify(f"line {number}")
other = TaskUpdater(task_uuid="two", task_name="TEST")
with other.step("Ends"): pass
other.finish()
updater.step("Second").__enter__()
for number in range(15_000, 30_000): notify(f"line {number}")
""",
    )
    assert len(list(folder.glob("*.journal"))) > 2
    monkeypatch.setattr(reading, "PORTION", 1)
    assert recover(sink, folder) == 1
    lines = Message.objects.filter(attempt__task_log__task_uuid="one")
    assert list(lines.order_by("seq").values_list("text", flat=True)) == [f"line {n}" for n in range(30_000)]
    states_of = dict(TaskLog.objects.values_list("task_uuid", "state"))
    assert states_of == {"one": states.LOST, "two": states.SUCCESS}
    assert dict(Step.objects.values_list("name", "state")) == {
        "First": states.SUCCESS,
        "Ends": states.SUCCESS,
        "Second": states.LOST,
    }
    assert not list(folder.glob("*.journal"))


def test_a_process_that_leaves_in_the_midst_of_a_task_leaves_its_end_to_others(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    program = f"""
from django.conf import settings
settings.PROGRESS_UPDATER["JOURNAL_DIR"] = {str(folder.parent)!r}
from progress_updater.recording.changes import Identity
from progress_updater.runs import begin
runs = [begin(name, Identity(task_name=name), in_celery=True) for name in ("ended", "goes on")]
runs[0].finish("SUCCESS")
assert flush(60)
"""
    assert run_program(database, program) == ""
    assert recover(sink, folder) == 1
    states_of = dict(TaskLog.objects.values_list("task_uuid", "state"))
    assert states_of == {"ended": states.SUCCESS, "goes on": states.LOST}


def test_a_journal_is_recovered_by_a_process_that_has_its_pid_now(
    sqlite_database: str, tmp_path: Path, settings: object
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path}  # type: ignore[attr-defined]
    folder = journal_folder(current())
    assert folder is not None
    _die(sqlite_database, folder, "TaskUpdater(task_uuid='one').notify('said')")
    for path in folder.iterdir():
        if "-" in path.name:
            path.rename(folder / f"{os.getpid()}-{path.name.partition('-')[2]}")
    sink = DatabaseSink(sqlite_database)
    assert recover(sink, folder) == 1
    sink.rest()
    assert Message.objects.get().text == "said"


def test_a_newer_attempt_keeps_its_word(database: str, folder: Path, sink: DatabaseSink) -> None:
    _die(
        database,
        folder,
        f"""
updater = TaskUpdater(task_uuid="one").__enter__()
updater.step("Old").__enter__()
assert flush(60)
{NEVER_FLUSHES}
notify("old")
""",
        first="",
    )
    run_program(database, "with TaskUpdater(task_uuid='one') as updater: notify('new')\nassert flush(60)")
    assert recover(sink, folder) == 1
    log = TaskLog.objects.get()
    assert (log.state, log.attempts, log.message) == (states.SUCCESS, 2, "new")
    lines = Message.objects.order_by("attempt__number").values_list("attempt__number", "text")
    assert list(lines) == [(1, "old"), (2, "new")]


OF_CELERY = "runs.begin('one', Identity(task_name='ONE'), in_celery=True)"
BEGINS = "from progress_updater import runs; from progress_updater.recording.changes import Identity"


def test_whose_a_run_is_outlives_a_kill_also_where_that_was_the_last_thing_said(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(
        database,
        folder,
        f"""
{BEGINS}
run = {OF_CELERY}
assert flush(60)
{NEVER_FLUSHES}
run.relabel(run.identity._replace(owner="7"))
""",
        first=NEVER_RECOVERS,
    )
    assert recover(sink, folder) == 1
    assert TaskLog.objects.values_list("owner", "state").get() == ("7", states.LOST)


def test_an_attempt_of_which_nothing_was_stored_does_not_speak_for_a_task_that_came_again(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    _die(database, folder, f"{BEGINS}\nrun = {OF_CELERY}; run.say(run.open_step(run.root, 'Old'), 'old')")
    second = f"{BEGINS}\nrun = {OF_CELERY}; run.say(run.root, 'new')\nassert flush(60)"
    _die(database, folder, second, first=NEVER_RECOVERS)
    newest = TaskLog.objects.get().run
    assert recover(sink, folder) == 2
    log = TaskLog.objects.get()
    assert (log.run, log.attempts, log.message, log.steps_done) == (newest, 2, "new", 0)
    lines = Message.objects.order_by("attempt__number").values_list("attempt__number", "text")
    assert list(lines) == [(1, "old"), (2, "new")]
    assert set(Attempt.objects.values_list("state", flat=True)) == {states.LOST}
    assert Step.objects.get().state == states.LOST


def test_while_the_process_lives_its_journal_is_its_own(
    database: str, folder: Path, sink: DatabaseSink
) -> None:
    program = f"""
updater = TaskUpdater(task_uuid="one").__enter__(); notify("said")
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.settings import current
from pathlib import Path
journals = Path({str(folder)!r})
assert [path.suffix for path in sorted(journals.glob("[0-9]*"))] == [".journal", ".lock"]
def recovered():
    while (found := recover(DatabaseSink(current().DATABASE), journals)) is None:
        time.sleep(0.01)  # the writer's thread looks when it begins
    return found
assert recovered() == 0
child = os.fork()
if child == 0:
    assert recovered() == 0
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    _die(database, folder, program)
    assert recover(sink, folder) == 1


def test_while_the_database_is_away_the_journals_are_kept(
    database: str, folder: Path, sink: DatabaseSink, failures: None
) -> None:
    _die(database, folder, "updater = TaskUpdater(task_uuid='one').__enter__(); notify('said')")
    migrate(database, "zero")
    try:
        with pytest.raises(StoreLater):
            recover(sink, folder)
        assert sorted(path.suffix for path in folder.iterdir()) == [".journal", ".lock", ".lock"]
    finally:
        migrate(database)
    assert recover(sink, folder) == 1
    assert _record()[1] == ["said"]


def test_what_somebody_else_has_put_where_journals_would_be_is_not_stored(
    database: str, folder: Path, sink: DatabaseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die(database, folder, "TaskUpdater(task_uuid='forged').notify('said')")
    kept = sorted(path.name for path in folder.iterdir())
    with monkeypatch.context() as context:
        context.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(UnsafeFolder):
            recover(sink, folder)
    assert not TaskLog.objects.exists()
    assert sorted(path.name for path in folder.iterdir()) == kept


def test_files_of_others_are_left_alone(folder: Path, sink: DatabaseSink) -> None:
    folder.mkdir(parents=True)
    (folder / "README").write_text("mine")
    (folder / "1-abc.000001.journal").write_bytes(b"of a journal without a lock")
    assert recover(sink, folder) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["1-abc.000001.journal", "README"]
