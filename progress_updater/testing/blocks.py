"""record_tasks(): look at what the tasks of a block have recorded."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps

from progress_updater.exceptions import ProgressUpdaterError
from progress_updater.recording.context import position
from progress_updater.settings import current
from progress_updater.testing.logs import TaskLogs
from progress_updater.writing.diversion import diverted_to

APP = "progress_updater"


@contextmanager
def record_tasks(*, store: bool = False) -> Iterator[TaskLogs]:
    """Record the tasks that are sent, or begin, inside the block, whatever the settings say of SINK.

    A task belongs to the innermost block around the code that begins it, and to that one alone; one that a
    thread begins which has no block of its own belongs to the block that was opened last.

    Args:
        store: write the records to the tables too, on the connection and in the transaction of the test; for
            tests that read the API or the models.

    Yields:
        The logs; they can be read inside the block and after it.

    Raises:
        ProgressUpdaterError: the app is not installed in the project's settings.
    """
    if not apps.is_installed(APP):
        raise ProgressUpdaterError(f"Add {APP!r} to INSTALLED_APPS in the settings of these tests.")
    # These need the models.
    from progress_updater.testing.direct_calls import direct_calls_recorded
    from progress_updater.testing.ways import DatabaseWay, MemoryWay

    way = DatabaseWay(current().DATABASE) if store else MemoryWay()
    with diverted_to(way), direct_calls_recorded(), _outside_any_task():
        try:
            yield TaskLogs(way)
        finally:
            way.end()


@contextmanager
def _outside_any_task() -> Iterator[None]:
    """Begin like a worker does, also where the test itself is recorded."""
    around = position.get()
    position.set(None)
    try:
        yield
    finally:
        position.set(around)
