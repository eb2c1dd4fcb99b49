"""Which way a process stores its changes, and that nothing is left at its end."""

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core import mail

from progress_updater import TaskUpdater
from progress_updater.writing import channels
from progress_updater.writing.channels import channel, flush, sink_in_force
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sinks.inline import InlineSink
from progress_updater.writing.sinks.memory import MemorySink
from progress_updater.writing.writer import Writer
from tests.databases import uses
from tests.writing.changes import texts
from tests.writing.programs import WITHOUT_JOURNAL, run_program


@pytest.fixture(autouse=True)
def no_channels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without any channel, and leave those of other tests alone."""
    monkeypatch.setattr(channels, "_channels", {})
    yield
    channels.flush()


@pytest.mark.parametrize(
    ("written", "way", "sink"),
    [
        ("auto", DirectWriter, MemorySink),
        ("memory", DirectWriter, MemorySink),
        ("inline", DirectWriter, InlineSink),
        ("database", Writer, DatabaseSink),
    ],
)
def test_the_setting_chooses_the_way(settings: Any, written: str, way: type, sink: type) -> None:
    settings.PROGRESS_UPDATER = {"SINK": written}
    assert type(channel()) is way
    assert type(channel().sink) is sink
    assert channel() is channel()


def test_outside_tests_the_database_is_the_default(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROGRESS_UPDATER = {}
    assert sink_in_force() == "memory"
    monkeypatch.delattr(mail, "outbox")
    assert sink_in_force() == "database"


def test_threads_that_ask_at_once_get_one_way(settings: Any) -> None:
    found: list[Any] = []
    barrier = Barrier(16)

    def ask() -> None:
        barrier.wait(10)
        found.append(channel())

    threads = [Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {channel()}


def test_nothing_recorded_is_nothing_to_wait_for() -> None:
    assert flush()
    assert not channels._channels


def test_flush_waits_for_every_way_and_keeps_the_deadline(settings: Any) -> None:
    class Way:
        def __init__(self, answer: bool) -> None:
            self.answer = answer
            self.asked: list[float] = []

        def flush(self, seconds: float) -> bool:
            self.asked.append(seconds)
            return self.answer

    ways: Any = {"a": Way(False), "b": Way(True)}
    settings.PROGRESS_UPDATER = {"FLUSH_DEADLINE": 1.5}
    channels._channels.update(ways)
    assert not flush()
    assert not flush(0.5)
    assert [way.asked for way in ways.values()] == [[1.5, 0.5], [1.5, 0.5]]
    channels._channels.clear()


def test_a_change_of_the_settings_stores_what_is_there_and_begins_anew(database: str) -> None:
    updater = TaskUpdater(task_name="TEST")
    updater.notify("one")
    before = channel()
    with uses(database, FLUSH_INTERVAL=3.0):
        assert texts(updater.task_uuid) == ["one"]
        assert channel() is not before
    before.sink.rest()


def test_another_setting_changes_nothing(settings: Any) -> None:
    before = channel()
    settings.DEBUG = not settings.DEBUG
    assert channel() is before


# ---------------------------------------------------------------- the end of a process

SAY = "updater = TaskUpdater(task_uuid='t', task_name='TEST'); updater.notify('one'); updater.notify('two')"


ENDS = {
    "at once": "",
    "by an exit": "raise SystemExit(3)",
    "by an error": "1 / 0",
    "with another thread": """
import threading
threading.Thread(target=updater.notify, args=['three']).start()
""",
}


@pytest.mark.parametrize("end", ENDS)
def test_what_was_said_last_is_stored_when_a_process_ends(sqlite_database: str, end: str) -> None:
    run_program(sqlite_database, f"{WITHOUT_JOURNAL}{SAY}\n{ENDS[end]}")
    assert texts("t") == ["one", "two", *(["three"] if end == "with another thread" else [])]


def test_what_is_said_while_the_interpreter_ends_is_stored(sqlite_database: str) -> None:
    run_program(sqlite_database, f"{WITHOUT_JOURNAL}import atexit\natexit.register(lambda: exec({SAY!r}))")
    assert texts("t") == ["one", "two"]


def test_a_process_ends_in_time_though_the_database_is_away(database: str, tmp_path: Any) -> None:
    away = "from django.conf import settings; settings.PROGRESS_UPDATER['FLUSH_DEADLINE'] = 0.3\n"
    away += "connections['progress'].settings_dict.update(HOST='127.0.0.1', PORT='9', NAME='/nowhere/x')\n"
    printed = run_program(database, f"{away}{SAY}\nprint('done')")
    assert "done" in printed
    assert texts("t") == []


def test_each_fork_begins_anew_and_the_parent_goes_on(database: str) -> None:
    program = """
from progress_updater.writing.channels import channel
updater = TaskUpdater(task_uuid='t', task_name='TEST')
updater.notify('parent')
assert flush(60)
wrapper = channel().sink._connection._wrapper
for number in range(50):
    updater.notify(f'before {number}')
    child = os.fork()
    if child == 0:
        updater.notify(f'child {number}')
        os._exit(0 if flush(60) else 9)
    assert os.waitpid(child, 0)[1] == 0, number
    updater.notify(f'after {number}')
assert flush(60)
assert wrapper.vendor == 'sqlite' or channel().sink._connection._wrapper is wrapper
updater.finish()
"""
    run_program(database, program, traced=False)
    numbers = range(50)
    expected = ["parent", *(f"{who} {number}" for number in numbers for who in ("before", "child", "after"))]
    assert sorted(texts("t")) == sorted(expected)


def test_a_child_that_ends_by_itself_closes_nothing_of_its_parent(database: str) -> None:
    program = """
import multiprocessing
def work(number):
    TaskUpdater(task_uuid=f'child {number}', task_name='CHILD').notify('from the child')
updater = TaskUpdater(task_uuid='t', task_name='TEST')
updater.notify('before')
assert flush(60)
with multiprocessing.get_context('fork').Pool(2) as pool:
    pool.map(work, range(4))
    pool.close(); pool.join()
updater.notify('after')
assert flush(60)
from django.core.management import call_command
call_command('tasklog', 'recover', verbosity=0)  # what a child had no time for when it ended
"""
    run_program(database, program)
    assert texts("t") == ["before", "after"]
    assert [texts(f"child {number}") for number in range(4)] == [["from the child"]] * 4
