"""Make a recorded log of what the API would show."""

from typing import Any, Protocol

from progress_updater.testing.entries import messages_from, progress_from, steps_from
from progress_updater.testing.log import RecordedLog


class Way(Protocol):
    """Where the records of a block are."""

    def flush(self, seconds: float) -> bool:
        """Store all that was recorded so far."""

    def task_uuids(self) -> list[str]:
        """List the tasks that were recorded."""

    def record(self, task_uuid: str, attempt: int | None = None) -> dict[str, Any] | None:
        """Show a record as it is now."""


def logs_in(way: Way) -> list[RecordedLog]:
    """Read all logs of a block as they are now.

    Args:
        way: where they are.

    Returns:
        The logs, in the order in which the tasks were sent or began.
    """
    way.flush(0)
    records = [way.record(task_uuid) for task_uuid in way.task_uuids()]
    return [_log_from(record, way) for record in records if record is not None]


def _log_from(record: dict[str, Any], way: Way) -> RecordedLog:
    def read_attempt(number: int) -> RecordedLog:
        found = way.record(record["task_uuid"], number)
        assert found is not None, "the record was deleted meanwhile"
        return _log_from(found, way)

    failure, progress = record["failure"] or {}, progress_from(record["progress"])
    assert progress is not None
    same = (
        "task_uuid", "celery_name", "state", "custom_state", "owner", "tags", "about", "parent",
        "args", "kwargs", "result",
    )  # fmt: skip
    return RecordedLog(
        **{name: record[name] for name in same},
        name=record["task_name"],
        steps=steps_from(record),
        messages=messages_from(record),
        progress=progress,
        exception=record["exception"],
        exception_type=failure.get("type"),
        text=record["log"],
        attempts=[attempt["state"] for attempt in record["attempts"]],
        json=record,
        read_attempt=read_attempt,
    )
