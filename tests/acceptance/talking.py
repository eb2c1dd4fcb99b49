"""Tasks that talk until they are stopped, with the author's own count, and whether their records agree."""

import re
import time
import uuid
from pathlib import Path

from celery import states as celery_states

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog
from tests.acceptance.app import app
from tests.waiting import wait_until

WITHIN = 120  # seconds

# A process that is asked to leave closes its steps itself, before somebody tells how its task ended.
STEP_ENDS = {states.RETRY: {states.RETRY, states.FAILURE}, states.LOST: {states.LOST, states.FAILURE}}


class Tally:
    """The file in which a task counts the calls of notify() that have returned.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self) -> tuple[int, int] | None:
        text = self._path.read_text() if self._path.exists() else ""
        return (int(text[:10]), int(text[10:20])) if len(text) == 20 else None

    def wait_until_it_begins(self) -> None:
        """Wait until the first call has returned."""
        wait_until(self._read, WITHIN, f"{self._path} to begin")

    @property
    def pid(self) -> int:
        """The process of the task."""
        return (self._read() or (0, 0))[0]

    @property
    def said(self) -> int:
        """How many calls have returned."""
        return (self._read() or (0, 0))[1]


def begin_to_talk(folder: str, count: int, options: dict[str, float]) -> dict[str, int]:
    """Send tasks that talk until a file `release` is in the folder, and wait until all of them do.

    Args:
        folder: for the tallies; each has the name of its task.
        count: how many tasks, which have to run at the same time.
        options: of apply_async.

    Returns:
        The processes of the tasks, by id.
    """
    ids = [str(uuid.uuid4()) for _ in range(count)]
    for task_id in ids:
        paths = [f"{folder}/{task_id}", f"{folder}/release"]
        app.send_task("tests.acceptance.tasks.tallies", args=paths, task_id=task_id, **options)
    tallies = {task_id: Tally(Path(folder, task_id)) for task_id in ids}
    for tally in tallies.values():
        tally.wait_until_it_begins()
    return {task_id: tally.pid for task_id, tally in tallies.items()}


def faults_of_talk(folder: str, task_ids: list[str], state: str, says: str | None) -> list[str]:
    """Wait until tasks have ended, and compare their records with what they had said.

    Args:
        folder: of the tallies.
        task_ids: the tasks.
        state: how they have to end.
        says: a regular expression for their exception; None where there is none.

    Returns:
        What is wrong, as text.
    """
    faults = []
    for task_id in task_ids:
        wait_for_state(task_id, state)
        faults += faults_of(task_id, Tally(Path(folder, task_id)).said, state, says)
        faults += _disagreement(task_id, state)
    return faults


def wait_for_state(task_id: str, state: str) -> None:
    """Wait until a record says so, but not for ever: what is wrong is told by faults_of()."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        if TaskLog.objects.filter(task_uuid=task_id, state=state).exists():
            return
        time.sleep(0.02)


def _disagreement(task_id: str, state: str) -> list[str]:
    said = app.AsyncResult(task_id).state
    # Of a task that was lost with its worker Celery knows nothing.
    expected = celery_states.PENDING if state == states.LOST else state
    return [] if said == expected else [f"{task_id}: Celery says {said}, the record {state}"]


def faults_of(task_id: str, said: int, state: str, says: str | None, attempt: int = 1) -> list[str]:
    """Compare a record with a tally: nothing lost, nothing twice, all in order, ended as it should.

    Args:
        task_id: the task.
        said: how many calls of notify() had returned.
        state: how it has to end.
        says: a regular expression for what it says about its end; None where it says nothing.
        attempt: which of its attempts talked.

    Returns:
        What is wrong, as text.
    """
    found = Attempt.objects.get(task_log__task_uuid=task_id, number=attempt)
    lines = list(Message.objects.filter(attempt=found).order_by("seq").values_list("text", flat=True))
    steps = dict(Step.objects.filter(attempt=found).values_list("name", "state"))
    odd = next((place for place in enumerate(lines) if place[1] != str(place[0])), None)
    told = (found.failure or {}).get("text")
    checks = {
        f"{len(lines)} lines, {said} said": said <= len(lines) <= said + 1,
        f"the first line that is not in its place: {odd}": odd is None,
        f"it is {found.state}, ended {found.end}": found.state == state and found.end is not None,
        f"its step is {steps.get('Save rows')}": steps.get("Save rows") in STEP_ENDS.get(state, {state}),
        f"steps that go on: {steps}": states.STARTED not in steps.values(),
        f"it says of its end: {told}": told is None if says is None else bool(re.search(says, told or "")),
    }
    return [f"{task_id}: {fault}" for fault, is_well in checks.items() if not is_well]
