"""Celery's broker in a folder, safe with several processes.

kombu's own `filesystem://` transport shows a message to readers before it is written, and reads the table of
an exchange while another process writes it; the reader then fails on empty JSON, and the message is lost
(celery/kombu issue 1551). Here a file appears under its name once it is complete, and a lock guards tables.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

LOOK_UP_EVERY = 0.3  # seconds


class Channel(filesystem.Channel):
    """Send and receive messages as files that are always complete."""

    def get_table(self, exchange: str) -> list[Any]:
        """Return what is bound to an exchange."""
        with self._tables_locked():
            return list(super().get_table(exchange))

    def _queue_bind(self, *arguments: Any) -> None:
        with self._tables_locked():
            super()._queue_bind(*arguments)

    def _delete(self, *arguments: Any, **options: Any) -> None:
        with self._tables_locked():
            super()._delete(*arguments, **options)

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # kombu's two base classes disagree about the name of the message
        folder = Path(self.data_folder_out)
        draft = folder / f"draft-{uuid4()}"
        draft.write_text(dumps(payload))
        draft.rename(folder / f"{time.monotonic_ns():020}-{uuid4()}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] == f"{queue}.msg":
                taken = folder / f"taken-{name.partition('.')[0]}"
                with suppress(FileNotFoundError):  # another worker was faster
                    (folder / name).rename(taken)
                    return _read_once(taken)
        raise Empty

    @contextmanager
    def _tables_locked(self) -> Iterator[None]:
        with (self.control_folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # To close the file is not enough: a child that was forked meanwhile has it open, too.
                fcntl.flock(file, fcntl.LOCK_UN)


class Transport(filesystem.Transport):
    """The transport to name as Celery's broker_transport."""

    Channel = Channel
    default_connection_params: ClassVar[dict[str, Any]] = {}  # else kombu warns that there is no host

    def drain_events(self, connection: Any, timeout: float | None = None, **options: Any) -> None:
        """Wait for a message, but not for long: a worker looks at its signals in between."""
        super().drain_events(connection, timeout=timeout and min(timeout, LOOK_UP_EVERY), **options)


def _read_once(path: Path) -> Any:
    payload = loads(path.read_text())
    path.unlink()
    return payload
