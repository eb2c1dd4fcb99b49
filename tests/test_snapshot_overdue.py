"""A look finds what should have been stored by now, and asks for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from progress_updater import snapshot, states
from progress_updater.models import TaskLog, TaskTree
from progress_updater.policy import Audience
from progress_updater.settings import current
from progress_updater.snapshot import liveness, overdue
from tests.rows import ALog, a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__")

LATE = 10  # times LOST_AFTER


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the writer is asked for."""
    found: list[str] = []
    for module in (liveness, overdue):
        monkeypatch.setattr(module, "look_at_tree", lambda tree, key: found.append(f"count {key}"))
        monkeypatch.setattr(module, "reap", lambda key, run: found.append(f"reap {key}"))
    return found


def ago(times: float) -> Any:
    return timezone.now() - timedelta(seconds=times * current().LOST_AFTER)


def member(key: str, changed: float = LATE, **columns: Any) -> ALog:
    """Make a task of a tree; it changed some times LOST_AFTER ago."""
    log = a_log(started=False, task_uuid=key, tree="tree")
    log.set(updated=ago(changed), **columns)
    return log


def waiting(key: str, changed: float = LATE) -> ALog:
    return member(key, changed, queued=None, previous="a")


def read_tree(log: ALog) -> None:
    snapshot.canvas(log.row, TaskLog.objects.all(), Audience.DETAILS)


def count(**columns: Any) -> None:
    TaskTree.objects.create(key="tree", updated=timezone.now(), **columns)


@pytest.mark.parametrize(("lost", "expected"), [(LATE, ["count a"]), (0.5, [])])
def test_a_tree_in_which_somebody_waits_for_a_task_that_is_long_lost(
    asked: list[str], lost: float, expected: list[str]
) -> None:
    log = member("a", 0, state=states.LOST, end=ago(lost))
    waiting("b", 0)
    count(tasks=2, done=1, failed=1)
    read_tree(log)
    assert asked == expected


def test_a_tree_in_which_nobody_waits_is_left_alone(asked: list[str]) -> None:
    log = member("a", 0, state=states.LOST, end=ago(LATE))
    count(tasks=1, done=1, failed=1)
    read_tree(log)
    assert asked == []


@pytest.mark.parametrize(("heard", "expected"), [(LATE, ["reap a"]), (0.1, [])])
def test_a_tree_with_a_task_whose_process_is_silent(
    asked: list[str], heard: float, expected: list[str]
) -> None:
    log = a_log(task_uuid="a", tree="tree")
    log.set(updated=ago(LATE))
    heard_of(log, heard * current().LOST_AFTER)
    count(tasks=1, done=0)
    read_tree(log)
    assert asked == expected


@pytest.mark.parametrize(("changed", "expected"), [(LATE, ["count a"]), (0, [])])
@pytest.mark.parametrize("is_counted", [False, True])
def test_a_tree_whose_counts_are_behind(
    asked: list[str], changed: float, expected: list[str], is_counted: bool
) -> None:
    log = member("a", changed, state=states.SUCCESS, end=ago(changed))
    if is_counted:
        count(tasks=1, done=0)
    read_tree(log)
    assert asked == expected


def test_a_task_alone_has_no_counts(asked: list[str]) -> None:
    log = a_log().finish()
    log.set(updated=ago(LATE))
    read_tree(log)
    assert asked == []


@pytest.mark.parametrize(("changed", "expected"), [(LATE, ["count b"]), (0, [])])
def test_a_record_of_a_task_that_waits_for_long(
    asked: list[str], changed: float, expected: list[str]
) -> None:
    log = waiting("b", changed)
    snapshot.item(log.row, Audience.DETAILS)
    assert asked == expected


@pytest.mark.parametrize(("failed", "expected"), [(0, []), (1, ["count b"])])
def test_a_record_of_a_task_that_waits_for_one_that_goes_on_is_left_alone(
    asked: list[str], failed: int, expected: list[str]
) -> None:
    count(tasks=2, done=0, failed=failed)
    snapshot.items([waiting("b").row], Audience.OWNER)
    assert asked == expected


def test_a_record_of_a_task_that_is_in_its_queue_is_left_alone(asked: list[str]) -> None:
    snapshot.item(member("b", queued=ago(LATE)).row, Audience.DETAILS)
    assert asked == []
