"""Before a worker forks: each child would have to import the writing side by itself, with every fork."""

from importlib import import_module

from progress_updater.recording.guard import guard


@guard.wrap("import the writing side before the first fork", None)
def load_writing(**_: object) -> None:
    """Import in the worker's main process what its children write with."""
    import_module("progress_updater.writing.sinks.database")
    import_module("progress_updater.upkeep.heartbeat")
