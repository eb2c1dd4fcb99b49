"""A writer that stores when the test calls it."""

from progress_updater.writing.writer import Writer


def store_all(writer: Writer) -> int:
    """Flush until nothing is left, and return how often that was."""
    flushes = 0
    while not writer.is_empty:
        writer._flush()
        flushes += 1
        assert flushes < 1_000
    return flushes
