"""Who asks for a task to be stored as lost, and how often."""

from typing import Any

import pytest

from progress_updater.upkeep import reaper
from progress_updater.upkeep.reaper import reap
from progress_updater.writing.channels import channel
from tests.rows import a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def nothing_was_asked() -> None:
    reaper._asked.clear()


def a_silent_log() -> Any:
    log = a_log()
    heard_of(log, 1000)
    return log.row


def test_one_that_was_just_asked_for_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "ASK_AGAIN", 600.0)
    log = a_silent_log()
    assert reap(log.task_uuid, log.run)
    assert not reap(log.task_uuid, log.run)
    assert reap(log.task_uuid, "another run")


def test_what_cannot_be_stored_piles_up_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_silent_log()
    monkeypatch.setattr(reaper, "ASK_AGAIN", 0.0)
    asked: list[Any] = []
    monkeypatch.setattr(type(channel()), "prompt", lambda way, source: asked.append(source))
    for _ in range(10):
        reap(log.task_uuid, log.run)
    assert len(asked) == 1
    asked[0].stored(asked[0].collect())
    assert reap(log.task_uuid, log.run)


def test_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "REMEMBERED", 3)
    for number in range(10):
        reap("task", f"run {number}")
    assert list(reaper._asked) == ["run 7", "run 8", "run 9"]
