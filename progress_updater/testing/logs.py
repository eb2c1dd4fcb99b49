"""The logs of the tasks that ran inside a block."""

from collections.abc import Sequence
from textwrap import indent
from typing import Any, overload

from progress_updater.testing.log import RecordedLog, RecordedOtherwise
from progress_updater.testing.reading import Way, logs_in


class TaskLogs(Sequence[RecordedLog]):
    """The logs, in the order in which their tasks were sent or began; each look shows them as they are then.

    Args:
        way: where they are.
    """

    def __init__(self, way: Way) -> None:
        self._way = way

    def __len__(self) -> int:
        return len(logs_in(self._way))

    @overload
    def __getitem__(self, index: int) -> RecordedLog: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedLog]: ...
    def __getitem__(self, index: int | slice) -> RecordedLog | list[RecordedLog]:
        return logs_in(self._way)[index]

    def __str__(self) -> str:
        return _listed(logs_in(self._way))

    def __repr__(self) -> str:
        return f"<TaskLogs: {logs_in(self._way)}>"

    def named(self, task: object) -> list[RecordedLog]:
        """List the logs of one task's calls.

        Args:
            task: the name that the author gave, the name in Celery, or the task itself; a task id, too.

        Returns:
            The logs, in the order in which their tasks were sent or began.
        """
        return _of(task, logs_in(self._way))

    def one(self, task: object = None) -> RecordedLog:
        """Find the only log.

        Args:
            task: which one, as in `named()`; None where there is only one at all.

        Returns:
            The log.

        Raises:
            AssertionError: there is none, or there are several; all that were recorded are listed.
        """
        __tracebackhide__ = True
        logs = logs_in(self._way)
        found = logs if task is None else _of(task, logs)
        if len(found) != 1:
            of = "" if task is None else f" of {_name_of(task)!r}"
            count = f"{len(found)} logs{of}, not one" if found else f"no log{of}"
            raise RecordedOtherwise(f"{count}\n\nWhat was recorded:\n{_listed(logs)}")
        return found[0]


def _name_of(task: object) -> Any:
    """A name is itself; a task, and a result, have one."""
    return task if isinstance(task, str) else getattr(task, "name", None) or task


def _of(task: object, logs: list[RecordedLog]) -> list[RecordedLog]:
    name = str(_name_of(task))
    return [log for log in logs if name in (log.name, log.celery_name, log.task_uuid)]


def _listed(logs: list[RecordedLog]) -> str:
    if not logs:
        return indent(
            "nothing. Code outside of any task records nothing: call a task, or wrap the code in\n"
            '"with TaskUpdater():". A task that was only sent does not run: use .apply(), or the setting\n'
            "CELERY_TASK_ALWAYS_EAGER.",
            "    ",
        )
    return "\n".join(indent(str(log), "    ") for log in logs)
