"""Real prefork workers, with the app and without, and a way to give them work."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import redis
from celery import Celery
from django.conf import settings
from django.test import override_settings

TAKES_WORK_WITHIN = 60  # seconds
DONE_WITHIN = 300  # seconds
STOPS_WITHIN = 30  # seconds


class Worker:
    """A worker that waits at a queue of its own.

    Args:
        process: its main process.
        prefix: begins all its keys in Redis.

    Attributes:
        sent: tasks that were sent to it.
    """

    def __init__(self, process: subprocess.Popen[bytes], prefix: str) -> None:
        self.process = process
        self.prefix = prefix
        self.sent = 0
        self._redis = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=None)
        self._app = Celery("client", broker=settings.CELERY_BROKER_URL, set_as_current=False)
        self._app.conf.broker_transport_options = {"global_keyprefix": prefix}

    def send(self, task: str, queue: str = "quiet", *args: Any) -> None:
        """Send it one of the tasks of worker.py."""
        name = f"tests.benchmarks.worker.{task}"
        self.sent += 1
        self._app.send_task(name, args, queue=f"{self.prefix}-{queue}", ignore_result=False)

    def told(self, within: float = DONE_WITHIN) -> float:
        """Wait for the next number that a task tells."""
        end = time.monotonic() + within
        while time.monotonic() < end and self.process.poll() is None:
            told: Any = self._redis.blpop([f"{self.prefix}:stamps"], timeout=1)
            if told is not None:
                return float(told[1])
        raise TimeoutError(f"The worker told nothing within {within} seconds, or has ended.")

    def take(self, queue: str) -> None:
        """Have it take messages from one more queue."""
        self._app.control.add_consumer(f"{self.prefix}-{queue}")

    def leave(self, queue: str) -> None:
        """Have it look no longer at a queue."""
        self._app.control.cancel_consumer(f"{self.prefix}-{queue}")

    def forget(self) -> None:
        """Leave nothing in Redis."""
        self._app.close()
        for key in list(self._redis.scan_iter(f"{self.prefix}*")):
            self._redis.delete(key)
        self._redis.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a worker is set up."""

    apps: str = ""
    """The Django apps that are installed in it, with blanks between them."""

    results: str = ""
    """Its result backend, none by default."""

    concurrency: int = 2
    """Its child processes."""


@contextmanager
def running_workers(**setups: Setup) -> Iterator[dict[str, Worker]]:
    """Start workers, and stop them at the end; what this process sends meanwhile it does not record.

    Args:
        setups: one for each worker, by its name.

    Yields:
        The workers by their names; each has done its first task.
    """
    with override_settings(PROGRESS_UPDATER={"RECORD": ["!*"]}), ExitStack() as stack:
        workers = {name: _started(setup, stack) for name, setup in setups.items()}
        for worker in workers.values():
            worker.send("stamp")
            worker.told(TAKES_WORK_WITHIN)
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.process.terminate()


def _started(setup: Setup, stack: ExitStack) -> Worker:
    prefix = f"benchmark-{uuid.uuid4().hex}"
    command = [sys.executable, "-m", "celery", "--app=tests.benchmarks.worker", "worker"]
    command += ["--pool=prefork", f"--concurrency={setup.concurrency}", f"--hostname={prefix}@localhost"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    environment = {
        **os.environ,
        "BENCHMARK_APPS": setup.apps,
        "BENCHMARK_RESULTS": setup.results,
        "BENCHMARK_PREFIX": prefix,
    }
    # What it logs goes where the errors of this process go, and is shown if the comparison fails.
    worker = Worker(subprocess.Popen(command, env=environment, stdout=sys.stderr), prefix)
    stack.callback(worker.forget)
    stack.callback(_stop, worker.process)
    return worker


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(number: int, count: Any, within: float = DONE_WITHIN) -> int:
    """Wait until something has been counted as often as it should.

    Args:
        number: how often that is.
        count: counts it.
        within: seconds to wait at the most.

    Returns:
        What was counted at last.
    """
    end = time.monotonic() + within
    while (counted := int(count())) < number and time.monotonic() < end:
        time.sleep(0.05)
    return counted
