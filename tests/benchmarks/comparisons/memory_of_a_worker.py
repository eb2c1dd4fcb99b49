"""The most memory that a worker's child takes whose task says a million lines: with the app, and without."""

from progress_updater.models import Message
from tests.benchmarks.row import Row, Wanted, plain
from tests.benchmarks.sizes import Size
from tests.benchmarks.workers import Setup, Worker, running_workers, wait_for

OURS = Setup(apps="progress_updater", concurrency=1)
WITHOUT = Setup(concurrency=1)
KIBIBYTES = 1024  # in a MiB
STORED_WITHIN = 60  # seconds after the task


def compare(size: Size) -> list[Row]:
    """Return the row."""
    with running_workers(ours=OURS, theirs=WITHOUT) as workers:
        ours, theirs = (_peak(worker, size.notifies) for worker in workers.values())
        lost = size.notifies - wait_for(size.notifies, _kept, STORED_WITHIN)
    return [
        Row(
            what=f"{size.notifies:,} notify() in one task: peak memory of the process",
            peer="the same task without the app",
            ours=f"{plain(ours)} MiB",
            theirs=f"{plain(theirs)} MiB",
            figure=ours - theirs,
            unit=" MiB more",
            wanted=Wanted(at_most=64),
            note=f"{lost:,} lines are neither stored nor counted in a gap" if lost else "",
        )
    ]


def _peak(worker: Worker, lines: int) -> float:
    worker.send("says_much", "quiet", lines)
    return worker.told() / KIBIBYTES


def _kept() -> int:
    """Count the lines that are stored, or counted in a gap."""
    gaps = Message.objects.filter(source="gap").values_list("data", flat=True)
    return Message.objects.filter(source="notify").count() + sum(data["count"] for data in gaps)
