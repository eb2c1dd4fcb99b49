"""Many lines: each is stored in order or counted in a gap; time grows as they do, memory is bounded."""

import gc
import subprocess
import sys
from statistics import median
from time import perf_counter

import pytest

from progress_updater import TaskUpdater
from progress_updater.models import Message, TaskLog
from progress_updater.recording.lines import GAP
from progress_updater.writing.channels import flush

LINES = 50_000
MEBIBYTE = 1024 * 1024
BOUND = 96 * MEBIBYTE
"""What 32 MiB of texts and their bookkeeping take at the most, with the batch that is being stored."""

SINK_THAT_IS_AWAY = """
import sys
from progress_updater.recording.changes import Identity
from progress_updater.recording.recorder import Recorder
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.writer import Writer

class Away:
    def store(self, changes):
        raise StoreLater("away")
    def rest(self): pass
    def prepare_fork(self): pass
    def abandon(self): pass

import django
from django.conf import settings
settings.configure()

def peak():  # ru_maxrss would begin with the peak of the process that started this one
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])

writer = Writer(Away(), 0.05)
run = Recorder(
    task_uuid="x", identity=Identity(task_name="x"), channel=writer, text_limit=10_000, max_steps=10
)
before = peak()
for number in range(int(sys.argv[1])):
    run.say(run.root, f"line {number} " + "x" * 100)
after = peak()
lines = run.collect() and run._unsaved.collect(run._lines, 0.0).run.messages
kept = sum(line.source != "gap" for line in lines)
lost = sum(int(line.data.split(":")[1].rstrip("}")) for line in lines if line.source == "gap")
print((after - before) * 1024, kept, lost)
"""


def _record(lines: int) -> tuple[str, float]:
    begun = perf_counter()
    with TaskUpdater(task_name="many") as updater:
        for number in range(lines):
            updater.notify(f"line {number}")
    assert flush(120)
    return updater.task_uuid, perf_counter() - begun


@pytest.mark.alone
def test_each_line_of_50000_is_there_in_order_or_counted_in_a_gap(database: str) -> None:
    task_uuid, _ = _record(LINES)
    stored = Message.objects.filter(task_log=TaskLog.objects.get(task_uuid=task_uuid)).order_by("seq")
    expected = 0
    for text, source, data in stored.values_list("text", "source", "data").iterator():
        if source == GAP:
            expected += data["count"]
        else:
            assert text == f"line {expected}"
            expected += 1
    assert expected == LINES


@pytest.mark.alone
def test_each_doubling_of_the_lines_takes_at_most_22_tenths_of_the_time(database: str) -> None:
    doublings = 4  # over one alone, a disk that is slow for a moment makes the same difference
    _record(1_000)
    # What the garbage collector finds in the rest of the process is no part of the time a line takes.
    gc.collect()
    gc.freeze()
    try:
        pairs = [(_record(5_000)[1], _record(5_000 * 2**doublings)[1]) for _ in range(3)]
    finally:
        gc.unfreeze()
    few, many = (median(times) for times in zip(*pairs, strict=True))
    assert many <= 2.2**doublings * few, pairs


@pytest.mark.alone
def test_memory_is_bounded_and_lost_lines_are_counted_while_nothing_can_be_stored() -> None:
    lines = 400_000
    done = subprocess.run(
        [sys.executable, "-c", SINK_THAT_IS_AWAY, str(lines)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    grown, kept, lost = map(int, done.stdout.split())
    assert kept + lost == lines
    assert kept <= 100_000
    assert grown <= BOUND, f"{grown / MEBIBYTE:.0f} MiB"
