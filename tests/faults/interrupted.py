"""A program: it interrupts what an author does at each point of the app's code, and compares the records."""

import sys
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from progress_updater import TaskUpdater, notify, track
from progress_updater.models import Message, Step, TaskLog
from progress_updater.recording.guard import guard
from progress_updater.writing import channels
from tests.faults.interruptions import Interruption


def author(task_uuid: str, said: list[str]) -> None:
    def say(text: str, **options: Any) -> None:
        notify(text, **options)
        said.append(text)

    with TaskUpdater(task_uuid=task_uuid) as updater:
        with updater.step("Read"):
            say("one")
            for _ in track(range(2), "Items"):
                pass
        with updater("Save", total=3) as save:
            save.advance()
            say("two", data={"a": 1})
        updater.set_state("BUSY")


def is_raised(point: Interruption, task_uuid: str, said: list[str]) -> bool:
    try:
        point.during(lambda: author(task_uuid, said))
    except SoftTimeLimitExceeded:
        return True
    return False


def faults(task_uuid: str, said: list[str]) -> list[str]:
    """Say what is wrong with the record of the interrupted task, and with that of the next one."""
    TaskUpdater(task_uuid=task_uuid).finish()
    later = TaskUpdater(task_uuid=f"after {task_uuid}")
    later.notify("later")
    later.finish()
    is_stored = channels.flush(5)
    lines = list(_lines(task_uuid))
    ends = [*Step.objects.values_list("end", flat=True), *TaskLog.objects.values_list("end", flat=True)]
    checks = {
        "it is not stored": is_stored,
        f"the lines are {lines}, said were {said}": lines[: len(said)] == said
        and len(lines) <= len(said) + 1,
        "something has no end": None not in ends,
        "the next task is not recorded": list(_lines(later.task_uuid)) == ["later"],
    }
    TaskLog.objects.all().delete()
    return [fault for fault, is_well in checks.items() if not is_well]


def _lines(task_uuid: str) -> Any:
    return (
        Message.objects.filter(task_log__task_uuid=task_uuid).order_by("seq").values_list("text", flat=True)
    )


def interrupt_every(stride: int) -> None:
    """Interrupt at each point, or each second, and so on; each time with a writer that has not started."""
    at = 0
    while True:
        at += stride
        channels._channels.clear()
        point, said = Interruption(at), []
        raised = is_raised(point, f"task {at}", said)
        if not point.where:
            break
        found = faults(f"task {at}", said) + ([] if raised else ["the time limit was swallowed"])
        if found:
            sys.stdout.write(f"point {at}, {point.where}: {'; '.join(found)}\n")
    sys.stdout.write(f"{at // stride - 1} points were tried, {guard.failures} errors were caught\n")
