"""Processes that send tasks, with the app and without."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import redis
from django.conf import settings

ENDS_WITHIN = 30  # seconds


class Sender:
    """A process that sends when it is told to.

    Args:
        process: it.

    Attributes:
        sent: tasks that it has sent.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.sent = 0

    def begin(self, number: int) -> None:
        """Have it begin to send tasks, one directly after the other."""
        self._say(str(number))
        self.sent += number

    def moments(self) -> list[float]:
        """Wait until the last call has returned.

        Returns:
            When it began, and when each call had returned, in seconds since the epoch.
        """
        moments: list[float] = json.loads(self._line())
        return moments

    def store(self) -> None:
        """Have it do what is left to do."""
        self._say("store")
        self._line()

    def send(self, number: int) -> float:
        """Have it send tasks, and do what there is to do afterwards.

        Returns:
            Seconds until the last call had returned.
        """
        self.begin(number)
        moments = self.moments()
        self.store()
        return moments[-1] - moments[0]

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def running_senders(**apps: str) -> Iterator[dict[str, Sender]]:
    """Start senders, and end them.

    Args:
        apps: for each its Django apps, with blanks between them, by its name.

    Yields:
        The senders by their names.
    """
    with ExitStack() as stack:
        yield {name: _started(installed, stack) for name, installed in apps.items()}


def _started(apps: str, stack: ExitStack) -> Sender:
    prefix = f"benchmark-{uuid.uuid4().hex}"
    environment = {**os.environ, "BENCHMARK_APPS": apps, "BENCHMARK_PREFIX": prefix}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sender"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(_forget, prefix)
    stack.callback(_end, process)
    return Sender(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=ENDS_WITHIN)


def _forget(prefix: str) -> None:
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        for key in list(client.scan_iter(f"{prefix}*")):
            client.delete(key)
