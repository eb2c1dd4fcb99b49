"""A process that ends while the database is away: it hardly waits, and the next one stores the rest."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from progress_updater.models import TaskLog
from tests.own_servers import OwnServer, shut_down, stopped
from tests.writing.changes import texts
from tests.writing.programs import run_program

pytestmark = pytest.mark.needs("initdb")

TELLS_AT_LAST = """
import atexit, time
def peak():
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
atexit.register(lambda: print(ended, time.monotonic() - ended, grown))
"""
SAYS = """
from django.conf import settings; settings.PROGRESS_UPDATER["JOURNAL_DIR"] = {folder!r}
updater = TaskUpdater(task_uuid="t", task_name="TEST").__enter__()
before = peak()
for number in range({lines}):
    updater.notify(f"{{number:<100}}")
updater.finish()
grown, ended = peak() - before, time.monotonic()
"""
RECOVERS = """
from django.conf import settings; settings.PROGRESS_UPDATER["JOURNAL_DIR"] = {folder!r}
TaskUpdater(task_uuid="next", task_name="NEXT").finish()
assert flush(100)
"""
LINES = 100
LAST_WAIT = 0.25  # seconds
NOISE = 0.3  # seconds by which the end of an interpreter varies; a thread that kept it would take 5
TIMES = 3  # processes of which the quickest counts: a machine that stalls makes one late
MANY = 40_000
BOUND = 96 * 1024  # KiB that 32 MiB of lines and their bookkeeping take at the most


class Ended:
    """How a process ended that said lines.

    Attributes:
        waited: the seconds that it waited for its records.
        took: the seconds until it was gone.
        grown: the KiB that it had grown before.
        logged: what was logged.
    """

    def __init__(self, alias: str, folder: Path, lines: int = LINES) -> None:
        printed = run_program(alias, SAYS.format(folder=str(folder), lines=lines), first=TELLS_AT_LAST)
        gone = time.monotonic()
        figures, _, self.logged = printed.partition("\n")
        ended, self.waited, self.grown = map(float, figures.split())
        self.took = gone - ended


def _recovered(alias: str, folder: Path) -> list[int]:
    """Have another process store what was left; return the lines."""
    connections[alias].close()
    assert texts("t") == []
    assert run_program(alias, RECOVERS.format(folder=str(folder))) == ""
    assert TaskLog.objects.get(task_uuid="t").state == "SUCCESS"
    return [int(text) for text in texts("t")]


@pytest.mark.alone
@pytest.mark.parametrize("away", [stopped, shut_down])
def test_a_process_that_ends_waits_a_quarter_of_a_second_and_the_next_one_stores_the_rest(
    away: Any, server: OwnServer, own_database: str, tmp_path: Path
) -> None:
    usual = Ended(own_database, tmp_path / "usual")
    TaskLog.objects.all().delete()
    with away(server):
        ends = [Ended(own_database, tmp_path / str(number)) for number in range(TIMES)]
    assert min(ended.waited for ended in ends) < usual.waited + LAST_WAIT + 0.05
    assert min(ended.took for ended in ends) < usual.took + LAST_WAIT + NOISE
    assert all(ended.logged.count("progress_updater could not") <= 1 for ended in ends)
    assert _recovered(own_database, tmp_path / "0") == list(range(LINES))


def test_what_is_said_while_a_database_hangs_takes_bounded_memory_and_outlives_the_process(
    server: OwnServer, own_database: str, tmp_path: Path
) -> None:
    with stopped(server):
        ended = Ended(own_database, tmp_path, MANY)
    assert ended.grown < BOUND
    assert _recovered(own_database, tmp_path) == list(range(MANY))
