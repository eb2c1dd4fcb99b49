"""A task of ours around a measurement."""

from collections.abc import Iterator
from contextlib import contextmanager

from progress_updater import TaskUpdater
from progress_updater.writing.channels import flush

STORED_WITHIN = 120  # seconds


@contextmanager
def recorded_task() -> Iterator[TaskUpdater]:
    """Run a block as a recorded task whose writer is at work; what it leaves is stored after the block.

    Yields:
        The task's updater.
    """
    with TaskUpdater(task_name="benchmark") as updater:
        _store()
        yield updater
    _store()


def _store() -> None:
    if not flush(STORED_WITHIN):
        raise TimeoutError(f"The database did not take the lines within {STORED_WITHIN} seconds.")
