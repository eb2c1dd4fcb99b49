"""Kill processes of the pool at random moments, and compare their records with what the tasks had said."""

import os
import random
import re
import signal
import time
from pathlib import Path
from typing import Any

from progress_updater import states
from progress_updater.models import Message, Step, TaskLog
from tests.acceptance.app import app

WITHIN = 120  # seconds
LATEST = 0.8  # seconds after its first call at which a task is killed
AT_A_TIME = 4
SAID = re.compile(
    r"^Worker exited prematurely: .*, while in “(Save rows”(, [\d,]+( of [\d,]+)? rows)?|Fifty \d+”)\.$"
)


def kill_children(folder: str, count: int, seed: int) -> dict[str, Any]:
    """Run tasks, kill the process of each, and look at the records.

    Args:
        folder: for the tallies.
        count: how many tasks.
        seed: of the moments.

    Returns:
        What was wrong, as text, and the seconds from each death until the record said so.
    """
    chance = random.Random(seed)
    wrong: list[str] = []
    took: list[float] = []
    for _ in range(0, count, AT_A_TIME):
        victims = [_Victim(Path(folder), chance.uniform(0, LATEST)) for _ in range(AT_A_TIME)]
        for victim in victims:
            victim.wait_until_it_talks()
        for victim in sorted(victims, key=lambda victim: victim.dies_at):
            victim.kill()
        took += [victim.seconds_until_ended() for victim in victims]
        wrong += [fault for victim in victims for fault in victim.faults()]
    return {"wrong": wrong, "took": took}


class _Victim:
    def __init__(self, folder: Path, life: float) -> None:
        self._life = life
        self._tally = folder / f"{time.monotonic_ns()}"
        self._id = app.send_task("tests.acceptance.tasks.tallies", args=[str(self._tally)]).id

    def wait_until_it_talks(self) -> None:
        end = time.monotonic() + WITHIN
        while not self._read():
            if time.monotonic() > end:
                raise TimeoutError(f"{self._id} does not begin")
            time.sleep(0.01)
        self.dies_at = time.monotonic() + self._life

    def _read(self) -> tuple[int, int] | None:
        text = self._tally.read_text() if self._tally.exists() else ""
        return (int(text[:10]), int(text[10:20])) if len(text) == 20 else None

    def kill(self) -> None:
        time.sleep(max(0.0, self.dies_at - time.monotonic()))
        found = self._read()
        assert found is not None
        os.kill(found[0], signal.SIGKILL)
        self._killed = time.monotonic()

    def seconds_until_ended(self) -> float:
        while not TaskLog.objects.filter(task_uuid=self._id).finished().exists():
            if time.monotonic() > self._killed + WITHIN:
                break
            time.sleep(0.02)
        return time.monotonic() - self._killed

    def _verdict(self) -> TaskLog:
        """Wait until Celery, too, has said what it thinks of the death."""
        log = TaskLog.objects.get(task_uuid=self._id)
        while log.state == states.LOST and time.monotonic() < self._killed + WITHIN:
            time.sleep(0.02)
            log.refresh_from_db()
        return log

    def faults(self) -> list[str]:
        """Compare the record with the tally: nothing lost, nothing twice, all in order."""
        found = self._read()
        assert found is not None
        said, log = found[1], self._verdict()
        lines = list(Message.objects.filter(task_log=log).order_by("seq").values_list("text", flat=True))
        steps = dict(Step.objects.filter(task_log=log).values_list("name", "state"))
        checks = {
            f"{len(lines)} lines, {said} said": said <= len(lines) <= said + 1,
            "the lines are not in order": lines == [str(number) for number in range(len(lines))],
            f"it is {log.state}": log.state == states.FAILURE,
            f"its step is {steps.get('Save rows')}": steps.get("Save rows") == log.state,
            f"steps that go on: {steps}": states.STARTED not in steps.values(),
            f"it does not say what and where: {log.exception}": SAID.search(log.exception or "") is not None,
        }
        return [f"{self._id}: {fault}" for fault, is_well in checks.items() if not is_well]
