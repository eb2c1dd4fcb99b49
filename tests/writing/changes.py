"""Changes as a recorder makes them, and what the tables hold of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from progress_updater import states
from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.recording.changes import (
    AttemptChange,
    CountChange,
    Identity,
    LogChange,
    MessageChange,
    RunChange,
    Settlement,
    StepChange,
    TaskChange,
)
from progress_updater.recording.failure import Failure
from progress_updater.recording.recorder import Recorder

BEGIN = datetime(2024, 2, 29, 23, 59, 59, 250_000, tzinfo=UTC).timestamp()
FAILURE = Failure(type="ValueError", text="no", step=None, traceback="Traceback …")


class Channel:
    """Stand between a recorder and a test that collects by hand."""

    free = 10**9
    queueing = False
    keep = None
    queue = None

    def add(self, source: Any) -> None: ...
    def changed(self, source: Any) -> None: ...
    def urgent(self, source: Any) -> None: ...
    def ticking(self, source: Any) -> None: ...


def a_recorder(task_uuid: str | None = None, *, channel: Any = None, **options: Any) -> Recorder:
    """Begin a run whose changes are collected by hand."""
    options.setdefault("identity", Identity(task_name="TEST"))
    return Recorder(
        task_uuid=task_uuid or token_hex(16),
        channel=channel or Channel(),
        text_limit=10_000,
        max_steps=10_000,
        **options,
    )


def a_line(n: int, event: int | None = None, **columns: Any) -> MessageChange:
    """Make a line."""
    return MessageChange(
        **{
            "n": n, "event": event or n, "step": None, "at": BEGIN + (event or n), "level": "info",
            "text": f"line {n}", "data": None, "replace": None, "replaces": (), "source": "notify",
            "public": True, **columns,
        }
    )  # fmt: skip


def a_step(number: int, n: int, event: int | None = None, **columns: Any) -> StepChange:
    """Make a step."""
    return StepChange(
        **{
            "number": number, "parent": None, "name": f"step {number}", "state": states.STARTED,
            "start": BEGIN + (event or n), "end": None, "count": CountChange(), "failure": None, "n": n,
            "opened_event": event or n, "event": event or n, **columns,
        }
    )  # fmt: skip


def a_run(run: str, state: str = states.STARTED, *, leads: bool = True, **columns: Any) -> RunChange:
    """Make a run's part of a flush; it ends with a terminal state."""
    end = BEGIN + 60 if states.is_finished(state) else None
    attempt = AttemptChange(
        retries=0, redelivered=False, worker="w", state=state, start=BEGIN, end=end, failure=None
    )
    task = TaskChange(
        state=state, custom_state=None, start=BEGIN, end=end, end_event=None, exception=None,
        exception_type=None, message=None, steps_done=0, steps_failed=0, count=CountChange(),
    )  # fmt: skip
    values = {"is_new": True, "attempt_changed": True, "task": task if leads else None, **columns}
    return RunChange(run=run, attempt=attempt, **values)


def a_change(task_uuid: str, run: RunChange | None = None, **columns: Any) -> LogChange:
    """Make one task's part of a flush; its events are those of the run's rows, and at least one."""
    columns.setdefault("identity", Identity(task_name="TEST"))
    if "events" not in columns:
        events = {1} if run is None else {1, *_events(run)}
        columns["events"] = max(events)
    return LogChange(task_uuid=task_uuid, run=run, **columns)


def _events(run: RunChange) -> set[int]:
    return {row.event for row in (*run.messages, *run.steps)}


def told(change: LogChange, **columns: Any) -> LogChange:
    """Change what a run says of its task."""
    assert change.run is not None
    assert change.run.task is not None
    return replace(change, run=replace(change.run, task=replace(change.run.task, **columns)))


def a_settlement(
    task_uuid: str,
    state: str = states.FAILURE,
    failure: Failure | None = FAILURE,
    *,
    only_waiting: bool = False,
    end: float = BEGIN + 90,
    **columns: Any,
) -> LogChange:
    """Declare the end of a task whose run cannot do it itself."""
    told = Settlement(state=state, end=end, failure=failure, only_waiting=only_waiting)
    return a_change(task_uuid, settlement=told, **columns)


def an_end_of_the_replacement(task_uuid: str) -> LogChange:
    """Declare that a task never comes, which has failed if it was replaced by what has ended."""
    end = Settlement(state=states.IGNORED, end=BEGIN + 90, failure=None, if_begun=FAILURE)
    return a_change(task_uuid, settlement=end)


KEYS = {"id", "task_log_id", "attempt_id"}
TIMES = {"created", "updated"}
PLACES = {"seq", "opened_seq", "end_seq"}


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return all rows but for keys, for when they were written, and for places in the cursor."""
    return {
        "logs": _rows(TaskLog, "task_uuid"),
        "tags": _rows(TaskTag, "tag"),
        "attempts": _rows(Attempt, "run"),
        "steps": _rows(Step, "attempt__run", "number"),
        "messages": _rows(Message, "attempt__run", "n"),
    }


def _rows(model: Any, *order: str) -> list[dict[str, Any]]:
    uuid = "task_uuid" if model is TaskLog else "task_log__task_uuid"
    names = [
        field.attname for field in model._meta.local_fields if field.attname not in KEYS | TIMES | PLACES
    ]
    return list(model.objects.order_by(uuid, *order).values(uuid, *names))


def places(task_uuid: str) -> set[int]:
    """Return the numbers of a log's cursor that rows have taken."""
    log = TaskLog.objects.get(task_uuid=task_uuid)
    taken = {log.end_seq, *Message.objects.filter(task_log=log).values_list("seq", flat=True)}
    for pair in Step.objects.filter(task_log=log).values_list("seq", "opened_seq"):
        taken |= set(pair)
    return taken - {None}


def log_of(task_uuid: str) -> TaskLog:
    """Return a log as it is stored now."""
    return TaskLog.objects.get(task_uuid=task_uuid)


def texts(task_uuid: str) -> list[str]:
    """Return a log's lines in the order of its cursor."""
    return list(
        Message.objects.filter(task_log__task_uuid=task_uuid).order_by("seq").values_list("text", flat=True)
    )
