"""A run begins with the settings in force."""

from typing import Any

from progress_updater import TaskUpdater
from progress_updater.recording import registry
from progress_updater.recording.changes import Identity
from progress_updater.runs import begin
from progress_updater.writing.channels import channel
from tests.stored import stored

IDENTITY = Identity(task_name="TEST")


def test_a_run_is_known_and_announced_when_it_begins() -> None:
    recorder = begin("begun", IDENTITY, in_celery=True, retries=2, redelivered=True, worker="w@host")
    assert registry.of_task("begun") is recorder
    attempt = stored("begun").last.attempt
    assert (attempt.retries, attempt.redelivered, attempt.worker, attempt.state) == (
        2,
        True,
        "w@host",
        "STARTED",
    )
    recorder.finish("SUCCESS")


def test_its_limits_are_those_of_the_settings(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"TEXT_LIMIT": 10, "MAX_STEPS": 2}
    recorder = begin("limited", IDENTITY)
    for name in ("first", "second", "third"):
        recorder.close_step(recorder.open_step(recorder.root, name), None)
    recorder.say(recorder.root, "x" * 20)
    recorder.finish("SUCCESS")
    record = stored("limited")
    assert [step.name for step in record.steps] == ["first", "second"]
    assert record.lines[0].startswith("x" * 10 + "…")
    assert [gap.data for gap in record.gaps] == ['{"count":1}']


def test_a_run_that_records_only_if_used_leaves_nothing_behind(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"SINK": "memory"}
    begin("unused", IDENTITY, only_if_used=True).finish("SUCCESS")
    channel().flush(0)
    assert "unused" not in channel().sink.changes  # type: ignore[union-attr]


def test_each_run_has_a_token_of_its_own() -> None:
    runs = {begin(f"t{number}", IDENTITY).run for number in range(100)}
    assert len(runs) == 100
    assert {len(run) for run in runs} == {32}


def test_an_updater_outside_celery_begins_one_when_it_is_first_used() -> None:
    updater = TaskUpdater(task_uuid="late", task_name="TEST")
    assert registry.of_task("late") is None
    updater.notify("one")
    assert registry.of_task("late") is not None
    updater.finish()
