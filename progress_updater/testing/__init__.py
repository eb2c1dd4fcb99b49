"""Tests of tasks: look at what a task has recorded, without a thread and without a database.

with record_tasks() as logs:
    import_orders.apply(args=["orders.csv"])
logs.one(import_orders).assert_steps([("Read file", "SUCCESS"), ("Save rows", "SUCCESS")])

pytest has it as the fixtures `task_logs` and `task_logs_in_database`.
"""

from progress_updater.testing.blocks import record_tasks
from progress_updater.testing.entries import RecordedMessage, RecordedProgress, RecordedStep
from progress_updater.testing.log import RecordedLog, RecordedOtherwise
from progress_updater.testing.logs import TaskLogs

__all__ = [
    "RecordedLog",
    "RecordedMessage",
    "RecordedOtherwise",
    "RecordedProgress",
    "RecordedStep",
    "TaskLogs",
    "record_tasks",
]
