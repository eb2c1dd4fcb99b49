"""A signal's exception at each point where Python handles signals, of all code that an author calls."""

import os

import pytest

from tests.writing.programs import run_program

STRIDE = 1 if os.environ.get("ACCEPTANCE") == "full" else 3

# The program traces itself, as coverage does.
pytestmark = pytest.mark.alone


def test_wherever_a_time_limit_strikes_it_passes_and_recording_goes_on(sqlite_database: str) -> None:
    program = f"from tests.faults.interrupted import interrupt_every\ninterrupt_every({STRIDE})"
    printed = run_program(sqlite_database, program, seconds=200)
    assert printed.endswith(" points were tried, 0 errors were caught\n"), printed
    assert printed.count("\n") == 1, printed
    assert int(printed.split()[0]) > 400 / STRIDE
