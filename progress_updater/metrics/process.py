"""What recording costs in this process."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing.channels import writer
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.segments import SUFFIX
from progress_updater.writing.outbox import MEMORY
from progress_updater.writing.sinks.database import DatabaseSink


class ProcessCollector(Collector):
    """Tell of the writer of this process, and of the journals of all processes of this host."""

    def collect(self) -> Iterator[Metric]:
        """Look at the writer and at the folder of the journals."""
        yield from _of_writer()
        files, size = _journals()
        yield GaugeMetricFamily(
            "progress_updater_journal_files", "Files of journals, of all processes of this host.", value=files
        )
        yield GaugeMetricFamily("progress_updater_journal_bytes", "The room that they take.", value=size)
        yield CounterMetricFamily(
            "progress_updater_errors", "Errors of recording, which no task has noticed.", value=guard.failures
        )


def _of_writer() -> Iterator[Metric]:
    found = writer()
    flushes, seconds, free = (
        (0, 0.0, MEMORY) if found is None else (found.flushes, found.flushing, found.free)
    )
    sink = None if found is None else found.sink
    gaps = sink.gaps if isinstance(sink, DatabaseSink) else 0
    left_out = 0 if found is None else found.overflow.left_out
    yield SummaryMetricFamily(
        "progress_updater_flush_seconds", "What storing took.", count_value=flushes, sum_value=seconds
    )
    held = max(0, MEMORY - free)
    yield GaugeMetricFamily("progress_updater_buffer_held_bytes", "Lines that wait in memory.", value=held)
    yield GaugeMetricFamily("progress_updater_buffer_free_bytes", "Memory left for lines.", value=free)
    yield CounterMetricFamily(
        "progress_updater_gaps", "Lines stored that say that others could not be kept.", value=gaps
    )
    yield CounterMetricFamily(
        "progress_updater_left_out",
        "Records left out because the database was away for too long.",
        value=left_out,
    )


def _journals() -> tuple[int, int]:
    folder = journal_folder(current())
    files = size = 0
    for path in () if folder is None else folder.glob(f"*{SUFFIX}"):
        try:
            size += path.stat().st_size
        except OSError:
            continue  # its process has removed it meanwhile
        files += 1
    return files, size
