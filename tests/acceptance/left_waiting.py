"""A chord of which a member of the header is lost with its worker, as a reader of the tree sees it."""

from pathlib import Path
from typing import Any

from celery import chord
from django.test import override_settings

from progress_updater import snapshot
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.writing.channels import flush
from tests.acceptance.canvases import a, stage_of
from tests.acceptance.holding import holds, holds_and_comes_again
from tests.acceptance.settings_soon_lost import PROGRESS_UPDATER
from tests.acceptance.talking import WITHIN
from tests.waiting import wait_until


def begin_chord(task: str, started: str, release: str) -> str:
    """Send a chord with a rest, and wait until the first member of its header runs; return that one's id."""
    first = {"holds": holds, "holds_and_comes_again": holds_and_comes_again}[task].si(started, release)
    canvas = chord([first.set(shadow="a"), a("b")], stage_of.s().set(shadow="c") | a("d"))
    canvas.apply_async()
    assert flush(WITHIN)
    wait_until(Path(started).exists, WITHIN, "the first task to run")
    wait_until(lambda: TaskLog.objects.get(task_name="b").state == "SUCCESS", WITHIN, "the second one")
    return TaskLog.objects.get(task_name="a").task_uuid


def states_once(task_uuid: str, expected: dict[str, str]) -> dict[str, Any]:
    """Read the tree again and again until all tasks have some states.

    Args:
        task_uuid: of the task that is asked for.
        expected: the state of each task, by its name.

    Returns:
        "whole", and "says": what the tasks say that have not succeeded.
    """
    picture: dict[str, Any] = {}
    found: dict[str, str] = {}

    def is_so() -> bool:
        log = TaskLog.objects.get(task_uuid=task_uuid)
        picture.update(snapshot.canvas(log, TaskLog.objects.all(), Audience.DETAILS))
        found.update(TaskLog.objects.filter(tree=log.tree).values_list("task_name", "state"))
        return found == expected and picture["whole"]["done"] == len(expected)

    with override_settings(PROGRESS_UPDATER=PROGRESS_UPDATER):
        try:
            wait_until(is_so, WITHIN, f"the states {expected}")
        except TimeoutError as error:
            error.add_note(f"They are {found}.")
            raise
    says = TaskLog.objects.filter(task_name__in=expected).exclude(exception=None)
    return {"whole": picture["whole"], "says": dict(says.values_list("task_name", "exception"))}
