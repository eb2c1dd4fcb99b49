"""What is wrong with the record of a task that says numbers."""

from typing import Any

from progress_updater.models import TaskLog
from tests.acceptance.paced import said


def faults_of_paced(task_id: str, tally: str) -> list[str]:
    """Compare the record of a task that has ended with its tally: all there, once, in order."""
    log, count = TaskLog.objects.get(task_uuid=task_id), said(tally)
    lines = list(log.messages.order_by("seq").values_list("text", flat=True))
    attempts: list[Any] = list(log.attempt_set.values_list("number", "state"))
    steps = list(log.steps.values_list("name", "state", "current"))
    checks = {
        f"{len(lines)} lines, {count} said": len(lines) == count,
        "the lines are not in order": lines == [str(number) for number in range(len(lines))],
        f"it is {log.state}, {log.exception}": (log.state, log.exception) == ("SUCCESS", None),
        f"its attempts are {attempts}": attempts == [(1, "SUCCESS")],
        f"its steps are {steps}": steps == [("Say numbers", "SUCCESS", count)],
    }
    return [f"{task_id}: {fault}" for fault, is_well in checks.items() if not is_well]
