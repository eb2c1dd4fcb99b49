"""Before a worker forks: its main process imports all that it or its children write with."""

from importlib import import_module
from typing import Final

from django.db import connections

from progress_updater.recording.guard import guard
from progress_updater.settings import current

WRITING: Final = (
    "progress_updater.upkeep.heartbeat",
    "progress_updater.upkeep.retention",
    "progress_updater.writing.journal.watching",
    "progress_updater.writing.sinks.database",
    "progress_updater.writing.sinks.inline",
)


@guard.wrap("import the writing side before the first fork", None)
def load_writing(**_: object) -> None:
    """Import the writing side, and the database's backend.

    Otherwise each child would import them by itself; and one that is forked while a thread of the main
    process imports them would wait for ever, for it inherits the lock of a module but not the thread.
    """
    for module in WRITING:
        import_module(module)
    connections[current().DATABASE]
