"""Readers lose nothing: two writers hammer the same logs, and a reader polls."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connections

from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from tests.writing.changes import a_change, a_line, a_run, a_settlement, a_step, log_of
from tests.writing.programs import run_program

LOGS = ("a", "b", "c")
WRITERS = 3
FLUSHES = 25
LINES = 5


def hammer(alias: str, writer: int) -> None:
    """Store flush after flush in all logs, in another order each time; what deadlocks is stored again."""
    sink = DatabaseSink(alias)
    for flush in range(FLUSHES):
        logs = LOGS[flush % 3 :] + LOGS[: flush % 3]
        changes = []
        for uuid in logs:
            lines = [a_line(LINES * flush + n, n) for n in range(1, LINES + 1)]
            steps = [a_step(n, flush * 10 + n, LINES + n) for n in (1, 2)]
            changes.append(a_change(uuid, a_run(f"{writer} {uuid}", messages=lines, steps=steps)))
        _persist(sink, [*changes, a_settlement("d"), a_change(f"{writer} {flush}")])
    sink.rest()


def _persist(sink: DatabaseSink, changes: list) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            sink.store(changes)
        except StoreLater:
            if time.monotonic() > deadline:
                raise
        else:
            return


class Reader(threading.Thread):
    """Read by deltas, as the API does: first the cursor, then what came since the last time."""

    def __init__(self, uuid: str) -> None:
        super().__init__()
        self.uuid = uuid
        self.enough = threading.Event()
        self.lines: Counter[int] = Counter()
        self.last_seq = 0
        self.behind: list[int] = []

    def run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self.enough.is_set()
            log = TaskLog.objects.filter(task_uuid=self.uuid).first()
            if log is not None:
                self._read(log)
        connections.close_all()

    def _read(self, log: TaskLog) -> None:
        lines = Message.objects.filter(task_log=log)
        if lines.filter(seq__lte=self.last_seq).count() != self.lines.total():
            self.behind.append(self.last_seq)
        self.lines.update(lines.filter(seq__gt=self.last_seq, seq__lte=log.seq).values_list("id", flat=True))
        self.last_seq = log.seq


@pytest.fixture
def readers(database: str) -> Iterator[list[Reader]]:
    readers = [Reader(uuid) for uuid in LOGS[:2]]
    for reader in readers:
        reader.start()
    yield readers
    for reader in readers:
        reader.enough.set()
        reader.join(60)


def _finished(readers: list[Reader]) -> None:
    for reader in readers:
        reader.enough.set()
        reader.join(60)
        assert reader.behind == []
        stored = Message.objects.filter(task_log__task_uuid=reader.uuid).values_list("id", flat=True)
        assert reader.lines == Counter(stored)


def test_threads_that_write_the_same_logs(database: str, readers: list[Reader]) -> None:
    writers = [threading.Thread(target=hammer, args=(database, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
        assert not writer.is_alive()
    _finished(readers)
    for uuid in LOGS:
        log = log_of(uuid)
        assert Message.objects.filter(task_log=log).count() == WRITERS * FLUSHES * LINES
        assert Step.objects.filter(task_log=log).count() == 2 * WRITERS
        assert sorted(Attempt.objects.filter(task_log=log).values_list("number", flat=True)) == [1, 2, 3]
        per_place = Counter(Message.objects.filter(task_log=log).values_list("seq", flat=True))
        assert set(per_place.values()) == {1}
        for attempt in Attempt.objects.filter(task_log=log):
            numbers = attempt.messages.order_by("seq").values_list("n", flat=True)
            assert list(numbers) == list(range(1, FLUSHES * LINES + 1))


def test_processes_that_write_the_same_logs(database: str, readers: list[Reader]) -> None:
    program = "from tests.writing.test_readers import hammer; hammer('progress', {})"
    writers = [
        threading.Thread(target=run_program, args=(database, program.format(number))) for number in range(2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    _finished(readers)
    assert Message.objects.count() == 2 * len(LOGS) * FLUSHES * LINES
