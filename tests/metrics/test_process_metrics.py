"""What recording costs in this process."""

from pathlib import Path
from typing import Any

import pytest

from progress_updater import TaskUpdater
from progress_updater.metrics.process import ProcessCollector
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import channel, flush
from progress_updater.writing.outbox import MEMORY
from progress_updater.writing.writer import Writer
from tests.metrics.numbers import Numbers, collected, of
from tests.waiting import wait_until


def numbers() -> Numbers:
    return collected(ProcessCollector())


def test_flushes_and_the_buffer_are_those_of_the_writer(sqlite_database: str) -> None:
    assert of(numbers(), "flush_seconds_count") == 0
    with TaskUpdater(task_name="TEST") as updater:
        assert flush(60)
        channel().hold_still()
        try:
            updater.notify("x" * 1_000)
            told = numbers()
        finally:
            channel().go_on()
    assert flush(60)
    assert of(told, "buffer_held_bytes") >= 1_000
    assert of(told, "buffer_held_bytes") + of(told, "buffer_free_bytes") == MEMORY
    # A flush is counted when it is over, just after those are told who wait for it.
    wait_until(lambda: of(numbers(), "flush_seconds_count") >= 2, what="the second flush is over")
    told = numbers()
    assert 0 < of(told, "flush_seconds_sum") < 60
    assert of(told, "buffer_held_bytes") == 0
    assert of(told, "gaps_total") == 0
    assert of(told, "left_out_total") == 0


def test_what_was_left_out_is_counted(sqlite_database: str) -> None:
    way = channel()
    assert isinstance(way, Writer)
    way.overflow.left_out = 3
    assert of(numbers(), "left_out_total") == 3


def test_gaps_are_counted(sqlite_database: str, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": None, "MAX_STEPS": 1}
    with TaskUpdater(task_name="TEST") as updater:
        for _ in range(3):
            with updater("Step"):
                pass
    assert flush(60)
    assert of(numbers(), "gaps_total") == 1


def test_journals_of_this_host_are_counted(sqlite_database: str, settings: Any, tmp_path: Path) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path / "journals"}
    assert of(numbers(), "journal_files") == 0
    with TaskUpdater(task_name="TEST") as updater:
        updater.notify("said")
        told = numbers()
    assert flush(60)
    assert of(told, "journal_files") == 1
    assert of(told, "journal_bytes") > 0
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": None}
    assert of(numbers(), "journal_files") == 0


def test_errors_of_recording_are_counted(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "failures", 7)
    assert of(numbers(), "errors_total") == 7
