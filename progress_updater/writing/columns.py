"""The columns that are written: which of a log, by whose word; all of attempts, steps and lines, in order."""

from typing import Final

TIMES: Final = ("queued", "eta", "expires")
TEXTS: Final = (
    "celery_name",
    "queue",
    "root",
    "parent",
    "group",
    "owner",
    "about",
    "tree",
    "previous",
    "retry_of",
)
CALL: Final = ("args", "kwargs", "options")

IDENTITY: Final = (*TIMES, *TEXTS, "position", *CALL, "arguments_kept")
"""Columns of the log that whoever learns of them first fills in."""

SPOKEN: Final = (
    "task_name",
    "message",
    "steps_done",
    "steps_failed",
    "current",
    "total",
    "unit",
    "percent",
    "rate",
)
"""Columns of the log that only the newest attempt speaks for, besides its start."""

SETTLED: Final = ("custom_state", "end", "exception", "exception_type", "result", "result_kept")
"""Columns of the log that a settlement speaks for too, besides its state and end_seq."""

ATTEMPT: Final = (
    "task_log_id",
    "run",
    "retries",
    "redelivered",
    "worker",
    "state",
    "start",
    "end",
    "failure",
    "process_id",
)

STEP: Final = (
    "task_log_id",
    "attempt_id",
    "number",
    "parent",
    "name",
    "state",
    "start",
    "end",
    "current",
    "total",
    "unit",
    "percent",
    "rate",
    "failure",
    "n",
    "seq",
    "opened_seq",
)

MESSAGE: Final = (
    "task_log_id",
    "attempt_id",
    "n",
    "seq",
    "step",
    "at",
    "level",
    "text",
    "data",
    "replace",
    "source",
    "public",
)
