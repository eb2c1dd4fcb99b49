"""A process that forks while its threads hold every lock there is: no child hangs, and no line is lost."""

import os

import pytest

from tests.writing.programs import run_program

FORKS, POOLED = (1_000, 100) if os.environ.get("ACCEPTANCE") == "full" else (50, 10)
PATIENCE = 60 + FORKS  # seconds

# Under a tracer each child writes a file when it ends.
pytestmark = pytest.mark.alone


def test_forks_while_every_lock_is_held_end_in_time_with_all_their_lines(database: str) -> None:
    program = f"from tests.writing.forking_process import main\nmain({FORKS}, {POOLED})"
    printed = run_program(database, program, seconds=PATIENCE)
    assert f"{FORKS} forks, all is well" in printed, printed
