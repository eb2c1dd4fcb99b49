"""Long polls: one thread a process looks for the changes that all its waiting requests wait for."""

import os
from collections import Counter
from threading import Condition, Thread
from time import sleep
from typing import Final

from django.db import connections

from progress_updater.models import TaskLog

INTERVAL: Final = 0.1  # seconds between two looks
_UNKNOWN: Final = -1


class Watcher:
    """Wait for changes of logs.

    A waiting request holds no database connection: the watcher's thread has one, and asks for all logs in
    one query. The thread runs only while somebody waits.
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._waiting: Counter[int] = Counter()
        self._seqs: dict[int, int] = {}
        self._runs = False

    def wait(self, log_id: int, seen: int, seconds: float) -> None:
        """Wait until a log has changed.

        Args:
            log_id: the log's primary key.
            seen: the cursor that is known.
            seconds: how long to wait at the most. It ends early, too, when the database cannot be asked.
        """
        _let_go_of_connections()
        with self._condition:
            self._waiting[log_id] += 1
            self._start()
            self._condition.wait_for(lambda: self._has_news(log_id, seen), timeout=seconds)
            self._leave(log_id)

    def _start(self) -> None:
        if not self._runs:
            self._runs = True
            Thread(target=self._run, name="progress_updater-watcher", daemon=True).start()

    def _has_news(self, log_id: int, seen: int) -> bool:
        return not 0 <= self._seqs.get(log_id, seen) <= seen

    def _leave(self, log_id: int) -> None:
        self._waiting[log_id] -= 1
        if not self._waiting[log_id]:
            del self._waiting[log_id]
            self._seqs.pop(log_id, None)

    def _run(self) -> None:
        while log_ids := self._waited_for():
            seqs = _seqs_of(log_ids)
            with self._condition:
                asked = log_ids & self._waiting.keys()
                self._seqs = {log_id: seqs.get(log_id, _UNKNOWN) for log_id in asked}
                self._condition.notify_all()
            sleep(INTERVAL)

    def _waited_for(self) -> set[int]:
        with self._condition:
            log_ids = set(self._waiting)
            if not log_ids:
                _close_connection()
                self._runs = False
            return log_ids


def _seqs_of(log_ids: set[int]) -> dict[int, int]:
    try:
        return dict(TaskLog.objects.filter(pk__in=log_ids).values_list("pk", "seq"))
    except Exception:
        _close_connection()
        return {}


def _close_connection() -> None:
    connections[TaskLog.objects.db].close()


def _let_go_of_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


watcher = Watcher()
os.register_at_fork(after_in_child=watcher.__init__)  # type: ignore[misc]
