"""What the founding example must look like; run as a program, it checks the JSON on stdin."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

LOG = (
    "\t - TESTFirst part\n"
    "\tSome notification related to the task\n"
    "\t\tSuccessfully completed\n"
    "\t\tTime spent: 0h0m\n"
    "\t - TESTSecond part\n"
    "\t - My subtask 1 in my task 2\n"
    "\tSome notification related to the task\n"
    "\t\tSuccessfully completed\n"
    "\t\tTime spent: 0h0m\n"
    "\t - My subtask 2 in my task 2\n"
    "\t\tFailed\n"
    "\t\tTime spent: 0h0m\n"
    "\t\tSee error message:\n"
    "<class 'ZeroDivisionError'>: division by zero\n"
    "\t - My subtask 3 in my task 2\n"
    "\tSome notification related to the task\n"
    "\t\tSuccessfully completed\n"
    "\t\tTime spent: 0h0m\n"
    "\tTask Finished - 3 out of 4 jobs finished\n"
)

STEPS = [
    ("1", "First part", "SUCCESS"),
    ("2", "Second part", "SUCCESS"),
    ("2.1", "My subtask 1 in my task 2", "SUCCESS"),
    ("2.2", "My subtask 2 in my task 2", "FAILURE"),
    ("2.3", "My subtask 3 in my task 2", "SUCCESS"),
]

FIRST_KEYS = ["task_name", "task_uuid", "start", "end", "log", "exception", "finished", "status"]


def assert_is_founding_record(record: dict[str, Any]) -> None:
    """Check a record that was made within the last hour."""
    assert list(record)[:8] == FIRST_KEYS
    assert record["log"] == LOG
    assert (record["task_name"], record["exception"]) == ("TEST", "division by zero")
    assert (record["finished"], record["status"], record["state"]) == (True, 0, "FAILURE")
    assert [(step["path"], step["name"], step["state"]) for step in record["steps"]] == STEPS
    assert record["failure"]["step"] == record["steps"][3]["id"]
    start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
    assert datetime.now(UTC) - timedelta(hours=1) < start <= end <= datetime.now(UTC)


if __name__ == "__main__":
    assert_is_founding_record(json.load(sys.stdin))
    sys.stdout.write("The founding example's record is as it must be.\n")
