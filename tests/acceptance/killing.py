"""Kill processes of the pool at random moments, and compare their records with what the tasks had said."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from progress_updater import states
from progress_updater.models import TaskLog
from tests.acceptance.app import app
from tests.acceptance.cut_off import KILLED
from tests.acceptance.talking import WITHIN, Tally, faults_of, wait_for_state

LATEST = 0.8  # seconds after its first call at which a task is killed
AT_A_TIME = 4


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
        path = folder / f"{time.monotonic_ns()}"
        self._tally = Tally(path)
        self._id = app.send_task("tests.acceptance.tasks.tallies", args=[str(path)]).id

    def wait_until_it_talks(self) -> None:
        self._tally.wait_until_it_begins()
        self.dies_at = time.monotonic() + self._life

    def kill(self) -> None:
        time.sleep(max(0.0, self.dies_at - time.monotonic()))
        os.kill(self._tally.pid, signal.SIGKILL)
        self._killed = time.monotonic()

    def seconds_until_ended(self) -> float:
        while not TaskLog.objects.filter(task_uuid=self._id).finished().exists():
            if time.monotonic() > self._killed + WITHIN:
                break
            time.sleep(0.02)
        return time.monotonic() - self._killed

    def faults(self) -> list[str]:
        """Wait until Celery, too, has said what it thinks of the death, and look at the record."""
        wait_for_state(self._id, states.FAILURE)
        return faults_of(self._id, self._tally.said, states.FAILURE, KILLED)
