"""Real processes that run a task on a test's database, step by step as a test wants it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from progress_updater.models import TaskLog
from tests.environment import ROOT, environment_of
from tests.waiting import wait_until

SHORT: dict[str, Any] = {"HEARTBEAT": 0.2, "LOST_AFTER": 2.0, "STALLED_AFTER": None, "JOURNAL_DIR": None}
"""No journal: what a dead process has written tells its end before anybody takes it for lost."""

PROGRAM = """
import json, sys
import django
django.setup()
from django.conf import settings
settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database", **json.loads(sys.argv[2])}
from celery import shared_task
from progress_updater import notify, step
from progress_updater.recording.guard import guard
from progress_updater.writing.channels import flush

@shared_task(name="tests.upkeep.work")
def work():
    with step("Save", total=1000, unit="rows") as saving:
        saving.advance(412)
        with step("Inner"):
            for word in map(str.strip, sys.stdin):
                if word == "end":
                    break
                notify(word)

work.apply(task_id=sys.argv[1])
assert flush(60)
assert not guard.failures, guard._known
"""


class Worker:
    """One process with one running task.

    Attributes:
        task_uuid: the id of its task.
        pid: its number.
    """

    def __init__(self, process: subprocess.Popen[str], task_uuid: str) -> None:
        self._process = process
        self.task_uuid = task_uuid
        self.pid = process.pid

    @property
    def log(self) -> TaskLog:
        """The row of its task."""
        return TaskLog.objects.get(task_uuid=self.task_uuid)

    @property
    def lines(self) -> list[str]:
        """What its task has said, as far as it is stored."""
        messages = self.log.messages.order_by("seq")
        return list(messages.values_list("text", flat=True))

    def say(self, word: str) -> None:
        """Have the task say something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self._process.send_signal(number)

    def end(self) -> None:
        """Have the task end, and wait until the process has ended well."""
        self.say("end")
        assert self._process.wait(60) == 0

    def has_state(self, state: str) -> bool:
        """Tell whether the stored state is this one."""
        return self.log.state == state

    def wait_for(self, state: str) -> None:
        """Wait until a state is stored."""
        wait_until(lambda: self.has_state(state), 60, f"the state {state}")


@contextmanager
def a_worker(alias: str, task_uuid: str | None = None, **written: object) -> Iterator[Worker]:
    """Run a process whose task waits in an inner step.

    Args:
        alias: of the database.
        task_uuid: the id of the task.
        written: further settings of the app.

    Yields:
        The worker, when its open steps are stored.
    """
    task_uuid = task_uuid or token_hex(16)
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, task_uuid, json.dumps({**SHORT, **written})],
            env=environment_of(alias, folder),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            text=True,
        )
        worker = Worker(process, task_uuid)
        try:
            wait_until(lambda: _is_inside(worker), 60, "the task's inner step")
            yield worker
        finally:
            process.kill()
            process.communicate(timeout=60)


def _is_inside(worker: Worker) -> bool:
    newest = TaskLog.objects.filter(task_uuid=worker.task_uuid, state="STARTED").first()
    if newest is None:
        return False
    steps = newest.steps.filter(attempt__run=newest.run)
    return steps.filter(name="Inner").exists() and steps.filter(name="Save", current=412).exists()
