"""The folder in which one demo lives."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.demo.errors import FolderInUse, FolderNotWritable


@contextmanager
def kept_folder(folder: Path) -> Iterator[Path]:
    """Use a folder that stays, alone.

    Args:
        folder: its path.

    Yields:
        The same path.

    Raises:
        FolderNotWritable: it cannot be made or written.
        FolderInUse: another demo runs in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "demo.lock").open("w")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FolderNotWritable(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(folder) from error
        yield folder


@contextmanager
def passing_folder(beside: Path | None = None) -> Iterator[Path]:
    """Use a new folder that is removed at the end.

    Args:
        beside: the folder to make it in; None for the system's place for such folders.

    Yields:
        Its path.
    """
    with tempfile.TemporaryDirectory(prefix="progress-updater-demo-", dir=beside) as folder:
        yield Path(folder)
