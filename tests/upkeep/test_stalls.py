"""Tasks that live and do not move on."""

from threading import Event, Thread, get_ident
from typing import Any

import pytest
from celery import shared_task

from progress_updater import notify, snapshot, step
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.upkeep.frames import frames_of
from progress_updater.upkeep.stalls import Stalls
from progress_updater.writing.channels import flush
from tests.waiting import wait_until

go_on, end, may_look = Event(), Event(), Event()


def wait_for_something(secret: str) -> None:
    go_on.wait(120)


@shared_task
def stalls() -> None:
    """Do nothing in an inner step, then say something, then do nothing again."""
    with step("Outer"):
        with step("First"):
            pass
        with step("Second"):
            wait_for_something("secret")
            notify("moving")
            end.wait(120)


@shared_task
def has_no_step() -> None:
    """Do nothing that the app knows of."""
    end.wait(120)


@shared_task
def counts() -> None:
    """Count on, and say nothing."""
    with step("Count", total=10**9) as counted:
        while not end.wait(0.02):
            counted.advance(1)


@pytest.fixture
def soon(short: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Show tasks as stalled after half a second, while `may_look` is set."""
    for event in (go_on, end):
        event.clear()
    may_look.set()
    really_look = Stalls.look_for

    def look_for(stalls: Stalls, runs: Any) -> None:
        if may_look.is_set():
            really_look(stalls, runs)

    monkeypatch.setattr(Stalls, "look_for", look_for)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "STALLED_AFTER": 0.5}


class running:  # noqa: N801 (reads as a verb)
    """Run a task in a thread."""

    def __init__(self, task: Any) -> None:
        self._thread = Thread(target=task.apply)

    def __enter__(self) -> None:
        self._thread.start()
        wait_until(lambda: TaskLog.objects.filter(state="STARTED").exists())

    def __exit__(self, *_: object) -> None:
        go_on.set()
        end.set()
        self._thread.join()
        assert flush(60)


def picture(audience: Audience = Audience.DETAILS) -> dict[str, Any]:
    return snapshot.detail(TaskLog.objects.get(), audience)


def _is_inside() -> bool:
    return TaskLog.objects.get().steps.count() == 3


def test_a_task_that_does_not_move_is_shown_with_its_step_and_where_its_code_is(soon: None) -> None:
    may_look.clear()
    with running(stalls):
        wait_until(_is_inside)
        may_look.set()
        stalled = wait_until(lambda: picture()["stalled"])
        assert stalled["step"] == "1.2"
        assert stalled["since"] <= picture()["now"]
        functions = [frame["function"] for frame in stalled["frames"]]
        assert functions.index("wait_for_something") < functions.index("stalls")
        (frame,) = [each for each in stalled["frames"] if each["function"] == "wait_for_something"]
        assert frame["file"] == __file__
        assert frame["line"] == wait_for_something.__code__.co_firstlineno + 1
        assert "secret" not in str(stalled)
        for audience in (Audience.OWNER, Audience.VIEWER):
            assert picture(audience)["stalled"] == {"step": "1.2", "since": stalled["since"]}
        (item,) = snapshot.items([TaskLog.objects.get()], Audience.OWNER)
        assert item["stalled"] == {"step": "1.2", "since": stalled["since"]}


def test_the_next_change_ends_a_stall_and_each_stall_is_one_change(soon: None) -> None:
    may_look.clear()
    with running(stalls):
        wait_until(_is_inside)
        before = TaskLog.objects.get().seq
        may_look.set()
        first = wait_until(lambda: picture()["stalled"])
        stalled_at = picture()["seq"]
        assert stalled_at == before + 1
        assert not Event().wait(0.7)
        assert (picture()["stalled"], picture()["seq"]) == (first, stalled_at)
        may_look.clear()
        go_on.set()
        wait_until(lambda: picture()["stalled"] is None)
        assert picture()["messages"][-1]["text"] == "moving"
        may_look.set()
        second = wait_until(lambda: picture()["stalled"])
        assert second["since"] > first["since"]
    assert (picture()["stalled"], picture()["state"]) == (None, "SUCCESS")


@pytest.mark.parametrize("task", [has_no_step, counts])
def test_a_task_without_an_open_step_or_that_counts_has_not_stalled(soon: None, task: Any) -> None:
    with running(task):
        assert not Event().wait(1.2)
        # The heart of a process that stood still may find the count old; the next flush ends that.
        wait_until(lambda: picture()["stalled"] is None)


def test_none_switches_it_off(short: None, soon: None, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "STALLED_AFTER": None}
    with running(stalls):
        assert not Event().wait(1.2)
        assert picture()["stalled"] is None


def test_frames_are_few_and_not_our_own(soon: None) -> None:
    def deep(levels: int) -> list[dict[str, Any]]:
        return deep(levels - 1) if levels else frames_of(get_ident())

    frames = deep(20)
    assert len(frames) == 5
    assert {frame["function"].rpartition(".")[2] for frame in frames} == {"deep"}
    assert frames_of(-1) == []
