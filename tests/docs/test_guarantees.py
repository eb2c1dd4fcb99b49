"""The page of guarantees names tests and settings that are there, and numbers that hold."""

import re
from pathlib import Path

import pytest

from progress_updater.settings import Settings
from progress_updater.writing.channels import LAST_FLUSH
from progress_updater.writing.outbox import MEMORY
from progress_updater.writing.overflow import HELD, MOST
from progress_updater.writing.pace import LONGEST_PAUSE
from tests.acceptance.test_matrix import FULL
from tests.writing import test_overflow
from tests.writing.test_volume import BOUND

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "guarantees.md"


def test_each_test_that_a_guarantee_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text()))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


MIB = 1024 * 1024
DEFAULTS = Settings()


@pytest.mark.parametrize(
    "said",
    [
        f"FLUSH_INTERVAL ({DEFAULTS.FLUSH_INTERVAL:g} s)",
        f"FLUSH_DEADLINE ({DEFAULTS.FLUSH_DEADLINE:g} s)",
        f"LOST_AFTER ({DEFAULTS.LOST_AFTER:g} s",
        f"JOURNAL_SIZE ({DEFAULTS.JOURNAL_SIZE // MIB} MiB",
        f"waits {LAST_FLUSH:g} s with a journal",
        f"{MEMORY // MIB} MiB of lines in a process",
        f"{BOUND // MIB} MiB with all that is around",
        f"{HELD // MIB} MiB of tasks that have",
        f"{test_overflow.BOUND // MIB} MiB with all that is made",
        f"memory holds {MOST // MIB} MiB of them",
        f"tries, which are {LONGEST_PAUSE:g} s apart",
        f"{len(FULL)} combinations",
    ],
)
def test_each_number_of_a_guarantee_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.read_text().split())


def test_each_setting_that_a_guarantee_names_is_there() -> None:
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", PAGE.read_text()))
    assert named - set(Settings.__dataclass_fields__) == set()
