"""A task that says numbers at a steady pace."""

import hashlib
import os
import time
from pathlib import Path

import redis
from celery import shared_task
from django.db import DatabaseError, connection

from progress_updater import notify, step, track

PAUSE = 0.003  # seconds between two lines
LINES_A_SECOND = 270  # about
WORK = b"x" * 20_000


@shared_task
def paced(tally: str, lines: int, server: str | None, outage: str) -> dict[str, float]:
    """Say numbers; count in a file how many calls have returned.

    Args:
        tally: the file.
        lines: how many numbers.
        server: asked once while it is away, "database" or the URL of a Redis; None asks nobody.
        outage: a file that is there while the server is away.

    Returns:
        The seconds that the loop took without its questions, and those that they took.
    """
    counted = os.open(tally, os.O_CREAT | os.O_WRONLY, 0o600)
    client = None if server is None else _Client(server)
    asked = 0.0
    began = time.perf_counter()
    with step("Say numbers"):
        for number in track(range(lines), unit="lines"):
            hashlib.sha256(WORK).digest()
            time.sleep(PAUSE)
            notify(f"{number}")
            os.pwrite(counted, f"{number + 1:10}".encode(), 0)
            if client is not None and not asked and Path(outage).exists():
                asked = client.seconds_until_answered()
    return {"took": time.perf_counter() - began - asked, "asked": asked}


class _Client:
    """The task's own connection, open before the outage."""

    def __init__(self, server: str) -> None:
        self._redis = None if server == "database" else redis.Redis.from_url(server, socket_timeout=None)
        self._ask()

    def _ask(self) -> None:
        if self._redis is not None:
            self._redis.ping()
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def seconds_until_answered(self) -> float:
        began = time.perf_counter()
        while not self._is_answered():
            time.sleep(0.05)
        return time.perf_counter() - began

    def _is_answered(self) -> bool:
        try:
            self._ask()
        except (DatabaseError, redis.RedisError):
            connection.close()
            return False
        return True


def said(tally: str) -> int:
    """Return how many calls of a task have returned."""
    path = Path(tally)
    return int(path.read_text() or 0) if path.exists() else 0
