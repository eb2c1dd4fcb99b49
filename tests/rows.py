"""Rows as the writer stores them: every change takes the next number of its log's cursor."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db.models import F

from progress_updater import states
from progress_updater.models import Attempt, Message, Process, Step, TaskLog, TaskTag

BEGIN = datetime(2019, 8, 8, 14, 54, 10, 788631, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_log(
    task_name: str = "TEST", *, tags: tuple[str, ...] = (), started: bool = True, **columns: Any
) -> ALog:
    """Make a log, with a first attempt unless it has not started."""
    columns.setdefault("task_uuid", token_hex(16))
    columns.setdefault("created", BEGIN)
    row = TaskLog.objects.create(task_name=task_name, updated=columns["created"], **columns)
    TaskTag.objects.bulk_create(TaskTag(task_log=row, tag=tag, created=row.created) for tag in tags)
    log = ALog(row)
    if started:
        log.attempt()
    return log


def a_failure(
    step: int | None, error: str = "division by zero", kind: str = "ZeroDivisionError"
) -> dict[str, Any]:
    """Describe a failure as an attempt or a step keeps it."""
    traceback = f"Traceback …\n{kind}: {error}"
    return {"type": kind, "text": error, "step": step, "where": "at item 2 of 3", "traceback": traceback}


class ALog:
    """One log, changed as the writer changes it. Each change happens a second after the one before."""

    def __init__(self, row: TaskLog) -> None:
        self.pk = row.pk
        self.task_uuid = row.task_uuid
        self.current: Attempt | None = None
        self.numbers: Counter[int] = Counter()
        self.at = row.created
        self.seq = row.seq

    @property
    def row(self) -> TaskLog:
        """The log's row as it is now."""
        return TaskLog.objects.get(pk=self.pk)

    def set(self, **columns: Any) -> int:
        """Store a visible change of the log, and return its place."""
        self.at += SECOND
        self.seq += 1
        columns.setdefault("updated", self.at)
        TaskLog.objects.filter(pk=self.pk).update(seq=self.seq, **columns)
        return self.seq

    def attempt(self, **columns: Any) -> Attempt:
        """Begin the next attempt; steps and lines belong to it from now on."""
        self.set(state=states.STARTED, attempts=F("attempts") + 1, end=None, end_seq=None)
        row = self.row
        if row.start is None:
            TaskLog.objects.filter(pk=self.pk).update(start=self.at)
        columns = {"worker": "celery@host", "start": self.at, "state": states.STARTED, **columns}
        self.current = Attempt.objects.create(task_log=row, number=row.attempts, run=token_hex(16), **columns)
        return self.current

    def plan(self, name: str, parent: int | None = None) -> int:
        """Announce a step."""
        self.numbers[self.current.pk] += 1
        number, seq = self.numbers[self.current.pk], self.set()
        Step.objects.create(
            task_log_id=self.pk, attempt=self.current, number=number, parent=parent, name=name,
            state=states.PENDING, n=seq, seq=seq, opened_seq=seq,
        )  # fmt: skip
        return number

    def begin(self, number: int) -> int:
        """Begin a step that was announced."""
        seq = self.set()
        self.step(number).update(state=states.STARTED, start=self.at, seq=seq, opened_seq=seq)
        return number

    def open(self, name: str, parent: int | None = None, **columns: Any) -> int:
        """Begin a step."""
        number = self.plan(name, parent)
        self.step(number).update(state=states.STARTED, start=self.at, **columns)
        return number

    def count(self, number: int, current: float, **columns: Any) -> None:
        """Set a step's count."""
        self.step(number).update(seq=self.set(), current=current, **columns)

    def close(self, number: int, state: str = states.SUCCESS, failure: dict[str, Any] | None = None) -> None:
        """End a step; what was announced in it and has not begun is left out."""
        self.step(number).update(seq=self.set(), end=self.at, state=state, failure=failure)
        self.skip_planned(number)

    def skip_planned(self, parent: int | None) -> None:
        """End the announced child steps of a step."""
        planned = Step.objects.filter(attempt=self.current, parent=parent, state=states.PENDING)
        for number in list(planned.values_list("number", flat=True)):
            self.step(number).update(seq=self.set(), end=self.at, state=states.IGNORED)

    def fail(self, number: int, origin: int | None = None) -> None:
        """End a step by an exception that arose in it, or in the step `origin`."""
        self.close(number, states.FAILURE, a_failure(origin or number))

    def step(self, number: int) -> Any:
        """Return the query of one step."""
        return Step.objects.filter(attempt=self.current, number=number)

    def say(self, text: str, step: int | None = None, **columns: Any) -> Message:
        """Add a line."""
        seq = self.set(**({"message": text} if columns.get("public", True) else {}))
        if columns.get("replace"):
            Message.objects.filter(attempt=self.current, replace=columns["replace"]).delete()
        columns = {"level": "info", "source": "notify", "public": True, "at": self.at, **columns}
        return Message.objects.create(
            task_log_id=self.pk, attempt=self.current, n=seq, seq=seq, step=step, text=text, **columns
        )

    def say_many(self, count: int) -> None:
        """Add many lines at once."""
        begin = self.seq + 1
        Message.objects.bulk_create(
            Message(
                task_log_id=self.pk, attempt=self.current, n=seq, seq=seq, at=self.at, level="info",
                text=f"Line {seq}", source="notify", public=True,
            )
            for seq in range(begin, begin + count)
        )  # fmt: skip
        self.seq += count
        TaskLog.objects.filter(pk=self.pk).update(seq=self.seq)

    def gap(self, count: int, step: int | None = None) -> Message:
        """Add a line that stands for lines that were never stored."""
        return self.say(
            f"{count} lines are missing here", step, source="gap", level="warning", data={"count": count}
        )

    def end_attempt(self, state: str, failure: dict[str, Any] | None = None) -> None:
        """End the attempt, as before a retry."""
        Attempt.objects.filter(pk=self.current.pk).update(state=state, end=self.at, failure=failure)

    def finish(
        self, state: str = states.SUCCESS, failure: dict[str, Any] | None = None, **columns: Any
    ) -> ALog:
        """End the log."""
        if self.current:
            self.skip_planned(None)
        if failure:
            columns = {"exception": failure["text"], "exception_type": failure["type"], **columns}
        end_seq = self.set(state=state, **columns)
        TaskLog.objects.filter(pk=self.pk).update(end=self.at, end_seq=end_seq)
        if self.current:
            self.end_attempt(state, failure)
        return self


SAID = "Some notification related to the task"
FOUNDING_TEXT = (
    "\t - TESTFirst part\n\tSome notification related to the task\n\t\tSuccessfully completed\n"
    "\t\tTime spent: 0h0m\n\t - TESTSecond part\n\t - My subtask 1 in my task 2\n"
    "\tSome notification related to the task\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
    "\t - My subtask 2 in my task 2\n\t\tFailed\n\t\tTime spent: 0h0m\n\t\tSee error message:\n"
    "<class 'ZeroDivisionError'>: division by zero\n\t - My subtask 3 in my task 2\n"
    "\tSome notification related to the task\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
    "\tTask Finished - 3 out of 4 jobs finished\n"
)


def the_founding_log(**columns: Any) -> ALog:
    """Make the record of the founding example."""
    log = a_log("TEST", **columns)
    first = log.open("First part")
    log.say(SAID, first)
    log.close(first)
    second = log.open("Second part")
    for number in (1, 2, 3):
        step = log.open(f"My subtask {number} in my task 2", second)
        if number == 2:
            log.fail(step)
        else:
            log.say(SAID, step)
            log.close(step)
    log.close(second)
    TaskLog.objects.filter(pk=log.pk).update(steps_done=4, steps_failed=1)
    return log.finish(states.FAILURE, a_failure(4))


def heard_of(log: ALog, seconds_ago: float, *, host: str = "web1", pid: int = 4711) -> Process:
    """Give the newest attempt a process that was heard of some time ago."""
    heard = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    process = Process.objects.create(token=token_hex(16), host=host, pid=pid, started=heard)
    Attempt.objects.filter(pk=log.current.pk).update(process=process)
    TaskLog.objects.filter(pk=log.pk).update(run=log.current.run)
    return process
