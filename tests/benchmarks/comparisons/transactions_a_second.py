"""Transactions of a process while its task records all it can, and while it rests, as the server counts."""

import os
import subprocess
import sys
import time

import psycopg
from django.db import connection

from progress_updater.settings import current
from tests.benchmarks.row import Row, Wanted, plain
from tests.benchmarks.sizes import Size

PROGRAM = """
import sys, time
import django
django.setup()
from progress_updater import TaskUpdater, notify, step, track
from progress_updater.writing.channels import flush

def act(number):
    notify(f"line {number}", replace="line")
    with step("inner", optional=True):
        for item in track(range(3)):
            if item == number % 3:
                raise LookupError

kind, seconds = sys.argv[1], float(sys.argv[2])
with TaskUpdater(task_name="benchmark"):
    with step("Waits"):
        flush(10)
        time.sleep(1)
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            act(number) if kind == "busy" else time.sleep(0.05)
"""
SHORT = 1.0  # seconds; what both of two runs have in common is no part of the rate
HEARTBEATS = 0.2  # a second, of a process that records


def compare(size: Size) -> list[Row]:
    """Return a row for a busy process and one for a process at rest."""
    limit = 1 / current().FLUSH_INTERVAL + 2
    return [
        _row("a task that records all it can", "1/FLUSH_INTERVAL + 2", _rate("busy", size.seconds), limit),
        _row("a task that changes nothing", "a heartbeat", _rate("resting", size.seconds), HEARTBEATS),
    ]


def _row(what: str, limit: str, rate: float, most: float) -> Row:
    return Row(
        what=f"SQL transactions a second of a process: {what}",
        peer=f"the promise: at most {limit}",
        ours=f"{plain(rate)}/s",
        theirs=f"{plain(most)}/s",
        figure=rate / most,
        wanted=Wanted(at_most=1.0),
    )


def _rate(kind: str, seconds: float) -> float:
    before = _transactions()
    _run(kind, SHORT)
    between = _transactions()
    _run(kind, SHORT + seconds)
    return (_transactions() - between - (between - before)) / seconds


def _run(kind: str, seconds: float) -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(seconds)], env=os.environ, check=True, timeout=120
    )


def _transactions() -> int:
    """Return how many transactions our database has seen; asked from another one, which adds none."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(os.environ["POSTGRES_URL"], autocommit=True) as other:
        _wait_until_alone(other, name)
        other.execute("SELECT pg_stat_clear_snapshot()")
        counted = other.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s", [name]
        ).fetchone()
    assert counted is not None
    return int(counted[0])


def _wait_until_alone(other: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    # A server process reports the last of what it has done when it ends.
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = other.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()
        if found is None:
            return
        time.sleep(0.05)
