"""Turn changes into the values of SQL parameters, clean enough for every database."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import orjson
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from progress_updater import states
from progress_updater.recording.changes import (
    CountChange,
    Identity,
    LogChange,
    MessageChange,
    RunChange,
    StepChange,
    TaskChange,
)
from progress_updater.recording.clean import cut_name, number, storable
from progress_updater.recording.failure import Failure

Moment = Callable[[float | None], str | None]

NAME_LENGTH: Final = 255
LEVEL_LENGTH: Final = 16
UNIT_LENGTH: Final = 32

IDENTITY: Final = (
    "celery_name",
    "queued",
    "queue",
    "eta",
    "expires",
    "root",
    "parent",
    "group",
    "owner",
    "about",
)
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

SETTLED: Final = ("custom_state", "end", "exception", "exception_type")
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


def moment_for(connection: BaseDatabaseWrapper) -> Moment:
    """Give the function that makes a parameter of a time.

    Args:
        connection: where the parameter goes.

    Returns:
        A function of seconds since the epoch, or None.
    """
    if connection.features.supports_timezones:
        return lambda seconds: None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
    zone = _zone_of(connection)

    def moment(seconds: float | None) -> str | None:
        return None if seconds is None else str(datetime.fromtimestamp(seconds, zone).replace(tzinfo=None))

    return moment


def _zone_of(connection: BaseDatabaseWrapper) -> tzinfo | None:
    return connection.timezone if settings.USE_TZ else timezone.get_default_timezone()


def log_values(change: LogChange, moment: Moment, now: Any) -> dict[str, Any]:
    """Give the columns of a log, for the statement that makes or changes it."""
    run, identity = change.run, change.identity
    task = None if run is None else run.task
    values: dict[str, Any] = {
        "task_uuid": change.task_uuid,
        "created": now,
        "updated": now,
        "seq": change.events,
        "attempts": int(task is not None),
        "run": "" if run is None or task is None else run.run,
        "task_name": cut_name(storable(identity.task_name), NAME_LENGTH),
        "cancel_requested": False,
    }
    values |= _identity(identity, moment)
    return values | (_settled(change, moment) if task is None else _spoken(task, moment))


def _identity(identity: Identity, moment: Moment) -> dict[str, Any]:
    times = {name: moment(getattr(identity, name)) for name in ("queued", "eta", "expires")}
    texts = ("celery_name", "queue", "root", "parent", "group", "owner", "about")
    return times | {name: _short(getattr(identity, name)) for name in texts}


def _spoken(task: TaskChange, moment: Moment) -> dict[str, Any]:
    return {
        "state": task.state,
        "custom_state": _short(task.custom_state),
        "start": moment(task.start),
        "end": moment(task.end),
        "end_seq": task.end_event,
        "exception": _text(task.exception),
        "exception_type": _short(task.exception_type),
        "message": _text(task.message),
        "steps_done": task.steps_done,
        "steps_failed": task.steps_failed,
        **_count(task.count),
    }


def _settled(change: LogChange, moment: Moment) -> dict[str, Any]:
    is_told = change.settlement is not None and change.settlement.of_task
    state = change.settlement.state if change.settlement is not None and is_told else states.PENDING
    end = change.settlement if states.is_finished(state) else None
    failure = None if end is None else end.failure
    return {
        "state": state,
        "custom_state": None,
        "start": None,
        "end": None if end is None else moment(end.end),
        "end_seq": None if end is None else change.events,
        "exception": None if failure is None else _text(failure.text),
        "exception_type": None if failure is None else _short(failure.type),
        "message": None,
        "steps_done": 0,
        "steps_failed": 0,
        **_count(CountChange()),
    }


def seconds_of(moment: datetime, connection: BaseDatabaseWrapper) -> float:
    """Convert a time that was read without Django's models to seconds since the epoch."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=_zone_of(connection))).timestamp()


def attempt_values(
    log_id: int, run: RunChange, moment: Moment, process_id: int | None = None
) -> tuple[Any, ...]:
    """Give the columns ATTEMPT of an attempt; PENDING where the run may not speak for its task."""
    attempt, leads = run.attempt, run.task is not None or run.is_overtaken
    return (
        log_id,
        run.run,
        attempt.retries,
        attempt.redelivered,
        _short(attempt.worker),
        attempt.state if leads else states.PENDING,
        moment(attempt.start),
        moment(attempt.end) if leads else None,
        failure_json(attempt.failure) if leads else None,
        process_id,
    )


def step_values(log_id: int, attempt_id: int, step: StepChange, base: int, moment: Moment) -> tuple[Any, ...]:
    """Give the columns STEP of a step; `base` is the log's cursor before this flush."""
    return (
        log_id,
        attempt_id,
        step.number,
        step.parent,
        storable(step.name),
        step.state,
        moment(step.start),
        moment(step.end),
        *_count(step.count).values(),
        failure_json(step.failure),
        step.n,
        base + step.event,
        base + step.opened_event,
    )


def message_values(
    log_id: int, attempt_id: int, line: MessageChange, base: int, moment: Moment
) -> tuple[Any, ...]:
    """Give the columns MESSAGE of a line; `base` is the log's cursor before this flush."""
    return (
        log_id,
        attempt_id,
        line.n,
        base + line.event,
        line.step,
        moment(line.at),
        cut_name(storable(line.level), LEVEL_LENGTH),
        storable(line.text),
        line.data,
        _short(line.replace),
        line.source,
        line.public,
    )


def failure_json(failure: Failure | None) -> str | None:
    """Encode a failure for its JSON column."""
    if failure is None:
        return None
    kept = {"type": storable(failure.type), "text": storable(failure.text), "step": failure.step}
    kept["traceback"] = None if failure.traceback is None else storable(failure.traceback)
    kept["where"] = failure.where
    return orjson.dumps(kept).decode()


def _count(count: CountChange) -> dict[str, Any]:
    return {
        "current": number(count.current),
        "total": number(count.total),
        "unit": count.unit if count.unit is None else cut_name(storable(count.unit), UNIT_LENGTH),
        "percent": number(count.percent),
        "rate": number(count.rate),
    }


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _short(text: str | None) -> str | None:
    return None if text is None else cut_name(storable(text), NAME_LENGTH)
