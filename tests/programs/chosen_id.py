"""The caller chooses the id, so that it can ask for the record before anything has begun."""

import uuid
from collections.abc import Callable

from progress_updater import TaskUpdater


def start_export(rows: list[str], run_later: Callable[..., object]) -> str:
    """Begin an export, and say under which id it can be watched.

    Args:
        rows: what to export.
        run_later: runs a function with its arguments, at some time.

    Returns:
        The id of the record.
    """
    task_uuid = str(uuid.uuid4())
    run_later(export, rows, task_uuid)
    return task_uuid


def export(rows: list[str], task_uuid: str) -> str:
    """Export rows; no Celery is needed.

    Args:
        rows: what to export.
        task_uuid: the id of the record.

    Returns:
        The export.
    """
    with TaskUpdater(task_uuid=task_uuid, task_name="Export", tags=["export"]) as updater:
        for row in updater.track(rows, "Check", unit="rows"):
            if not row:
                raise ValueError("A row is empty.")
        with updater("Write"):
            updater.notify(f"{len(rows)} rows written")
    return "\n".join(rows)
