"""The writer's thread: when it writes, what it survives, and what it leaves to others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic

import pytest

from progress_updater.recording.changes import Identity
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.pace import PROMPT
from progress_updater.writing.sources import publication
from progress_updater.writing.writer import Writer
from tests.waiting import wait_until
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink
from tests.writing.programs import run_program

INTERVAL = 0.1


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    made = CountingSink()
    yield made
    made.may_go_on.set()


@pytest.fixture
def writer(sink: CountingSink) -> Writer:
    return Writer(sink, INTERVAL)


def test_the_first_change_does_not_wait_for_the_interval(sink: CountingSink) -> None:
    writer = Writer(sink, 600)
    a_recorder(channel=writer).announce()
    wait_until(lambda: sink.stored, 60, "the first change")


def test_a_process_that_records_nothing_has_no_thread_to_wait_for(writer: Writer, sink: CountingSink) -> None:
    assert writer.flush(0)
    assert sink.stored == []


def test_lines_of_an_interval_are_stored_together(writer: Writer, sink: CountingSink) -> None:
    run = a_recorder(channel=writer)
    run.announce()
    assert writer.flush(60)
    begun = monotonic()
    for number in range(100):
        run.say(run.root, f"line {number}")
    took = monotonic() - begun
    wait_until(lambda: len(sink.texts) == 100, 60, "the lines are stored")
    assert len(sink.stored) <= 3 + took / INTERVAL


def test_sent_tasks_are_stored_promptly_however_many_they_are(writer: Writer, sink: CountingSink) -> None:
    begun = monotonic()
    for number in range(200):
        writer.prompt(publication(str(number), Identity(task_name="x")))
    took = monotonic() - begun
    assert writer.flush(60)
    assert sum(len(changes) for changes in sink.stored) == 200
    assert len(sink.stored) <= 3 + took / PROMPT


def test_what_cannot_be_stored_now_is_stored_later_in_order(
    writer: Writer, sink: CountingSink, failures: None
) -> None:
    run = a_recorder(channel=writer)
    run.announce()
    assert writer.flush(60)
    sink.errors = [StoreLater("away"), StoreLater("away"), RuntimeError("not foreseen")]
    for number in range(10):
        run.say(run.root, f"line {number}")
    assert writer.flush(60)
    assert sink.texts == [f"line {number}" for number in range(10)]


def test_a_waiter_keeps_its_deadline_while_the_sink_hangs(writer: Writer, sink: CountingSink) -> None:
    run = a_recorder(channel=writer)
    sink.may_go_on.clear()
    run.announce()
    assert not writer.flush(0.2)
    assert sink.stored == []  # it hangs still
    sink.may_go_on.set()
    assert writer.flush(60)


FORKS = """
from progress_updater.writing.writer import Writer
from tests.writing.changes import a_recorder
from tests.writing.counting import CountingSink
from tests.writing.test_writer_thread import INTERVAL
sink = CountingSink()
writer = Writer(sink, INTERVAL)
run = a_recorder(channel=writer)
run.announce()
assert writer.flush(60)
for _ in range(20):
    child = os.fork()
    if not child:
        writer.begin_anew()
        run.say(run.root, "of the child")
        os._exit(0 if writer.flush(60) and sink.texts == ["of the child"] else 1)
    assert os.waitpid(child, 0)[1] == 0
run.say(run.root, "of the parent")
assert writer.flush(60)
assert sink.texts == ["of the parent"]
"""


def test_a_forked_child_begins_anew_and_the_parent_goes_on(sqlite_database: str) -> None:
    assert run_program(sqlite_database, FORKS, traced=False) == ""


ENDS_AT_ONCE = """
import django, os
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "progress_updater"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["FILE"],
                           "OPTIONS": {"transaction_mode": "IMMEDIATE"}}},
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command
call_command("migrate", "progress_updater", verbosity=0)
from progress_updater import TaskUpdater
with TaskUpdater(task_uuid="ends") as updater:
    updater.notify("last words")
"""
LOOKS = ENDS_AT_ONCE.partition("from progress_updater import TaskUpdater")[0] + (
    "from progress_updater.models import TaskLog\n"
    "log = TaskLog.objects.get(task_uuid='ends')\n"
    "print(log.state, log.message)\n"
)


def _run_script(program: str, folder: object) -> subprocess.CompletedProcess[str]:
    """Run a program that has settings of its own."""
    environment = {**os.environ, "FILE": f"{folder}/script.sqlite3"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_a_script_that_ends_right_after_its_last_line_loses_nothing(tmp_path: object) -> None:
    for program in (ENDS_AT_ONCE, LOOKS):
        done = _run_script(program, tmp_path)
    assert done.stdout == "SUCCESS last words\n"


WITHOUT_TABLES = (
    ENDS_AT_ONCE.replace('call_command("migrate", "progress_updater", verbosity=0)\n', "")
    + """
import time
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush
while not guard.failures:
    time.sleep(0.01)
flush(1)  # the log is told right after the failure is counted
os._exit(0)
"""
)


def test_missing_tables_are_one_clear_line_in_the_log(tmp_path: object) -> None:
    done = _run_script(WITHOUT_TABLES, tmp_path)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("manage.py migrate") == 1
