"""Programs that run in a process of their own."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.environment import ROOT, environment_of

PREAMBLE = """\
import os, sys, time, warnings
warnings.filterwarnings("ignore", ".* use of fork", DeprecationWarning)  # beside threads, on purpose
import django
django.setup()
from django.db import connections
from progress_updater import TaskUpdater, notify, step
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush
"""

WITHOUT_JOURNAL = (
    "from django.conf import settings; "
    "settings.PROGRESS_UPDATER.update(JOURNAL_DIR=None, FLUSH_DEADLINE=60.0)\n"
)
"""The end of a process waits until all is stored, however busy the machine is, and not only a moment."""


def run_program(
    alias: str, program: str, *, first: str = "", seconds: float = 120, traced: bool = True
) -> str:
    """Run a program on a test's database.

    Args:
        alias: of the database.
        program: its source; Django is set up, and the app's names are there.
        first: what it does before everything else.
        seconds: how long it may take.
        traced: whether the coverage tracer may look at it; each fork would write a file of its own.

    Returns:
        What it printed, on both streams.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "program.py"
        source.write_text(f"{first}\n{PREAMBLE}\n{program}\n")
        done = subprocess.run(
            [sys.executable, source],
            env=environment_of(alias, folder, traced=traced),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    assert "AssertionError" not in done.stderr, done.stderr
    # Programs kill themselves on purpose; of any other signal a process dies without a word.
    crashed = done.returncode < 0 and done.returncode != -signal.SIGKILL
    return done.stdout + done.stderr + (f"died of signal {-done.returncode}\n" if crashed else "")
