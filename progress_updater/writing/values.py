"""Turn changes into the values of SQL parameters: clean enough for every database, and without secrets.

Every text that an author or a task gave is masked here, and nowhere else, for here all ways into the tables
meet. Ids, the owner, the subject, names of queues, workers and Celery's tasks are what records are found by:
they stay. So do levels and the types of exceptions.
"""

from functools import lru_cache
from typing import Any, Final

import orjson

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
from progress_updater.writing.columns import CALL, SETTLED, SPOKEN, TEXTS, TIMES
from progress_updater.writing.masking import masked, masked_arguments, masked_json, masked_options, masked_tag
from progress_updater.writing.moments import Moment

NAME_LENGTH: Final = 255
LEVEL_LENGTH: Final = 16
UNIT_LENGTH: Final = 32

_CALL_IS_STORED: Final = dict.fromkeys((*CALL, "arguments_kept"))
_NOTHING_TOLD: Final = {
    **dict.fromkeys(("start", "end_seq", *SETTLED, *(name for name in SPOKEN if name != "task_name"))),
    "state": states.PENDING,
    "steps_done": 0,
    "steps_failed": 0,
}
"""What is told of a task's state where it is only sent."""


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
        "task_name": _label(identity.task_name),
        "cancel_requested": False,
    }
    values |= _identity(identity, moment, is_new=change.new_identity)
    return values | (_settled(change, moment) if task is None else _spoken(task, moment))


def _identity(identity: Identity, moment: Moment, *, is_new: bool) -> dict[str, Any]:
    times = {name: moment(getattr(identity, name)) for name in TIMES}
    texts = {name: _short(getattr(identity, name)) for name in TEXTS}
    return times | texts | {"position": identity.position} | (_call(identity) if is_new else _CALL_IS_STORED)


def _call(identity: Identity) -> dict[str, Any]:
    args, options = identity.args, identity.options
    values = {
        "args": None if args is None else masked_arguments(args, identity.parameters),
        "kwargs": _json(identity.kwargs),
        "options": None if options is None else masked_options(options),
    }
    is_whole = all(values[name] == getattr(identity, name) for name in CALL)
    return values | {"arguments_kept": identity.arguments_kept if is_whole else False}


def tag_values(identity: Identity) -> list[str]:
    """Give the tags of a log."""
    return [cut_name(storable(masked_tag(tag)), NAME_LENGTH) for tag in identity.tags]


def _spoken(task: TaskChange, moment: Moment) -> dict[str, Any]:
    result = _json(task.result)
    return {
        "state": task.state,
        "custom_state": None if task.custom_state is None else _label(task.custom_state),
        "start": moment(task.start),
        "end": moment(task.end),
        "end_seq": task.end_event,
        "exception": _text(task.exception),
        "exception_type": _short(task.exception_type),
        "result": result,
        "result_kept": task.result_kept if result == task.result else False,
        "message": _text(task.message),
        "steps_done": task.steps_done,
        "steps_failed": task.steps_failed,
        **_count(task.count),
    }


def _settled(change: LogChange, moment: Moment) -> dict[str, Any]:
    told = change.settlement
    if told is None or not told.of_task:
        return _NOTHING_TOLD
    end = told if states.is_finished(told.state) else None
    failure = None if end is None else end.failure
    return _NOTHING_TOLD | {
        "state": told.state,
        "end": None if end is None else moment(end.end),
        "end_seq": None if end is None else change.events,
        "exception": None if failure is None else _text(failure.text),
        "exception_type": None if failure is None else _short(failure.type),
    }


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
        storable(masked(step.name)),
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
        _level(line.level),
        storable(masked(line.text)),
        _json(line.data),
        None if line.replace is None else _label(line.replace),
        line.source,
        line.public,
    )


@lru_cache(maxsize=64)
def _level(level: str) -> str:
    return cut_name(storable(level), LEVEL_LENGTH)


def failure_json(failure: Failure | None) -> str | None:
    """Encode a failure for its JSON column."""
    if failure is None:
        return None
    kept = {"type": storable(failure.type), "text": _text(failure.text), "step": failure.step}
    kept["traceback"] = _text(failure.traceback)
    kept["where"] = failure.where
    return orjson.dumps(kept).decode()


def _count(count: CountChange) -> dict[str, Any]:
    return {
        "current": number(count.current),
        "total": number(count.total),
        "unit": count.unit if count.unit is None else _label(count.unit, UNIT_LENGTH),
        "percent": number(count.percent),
        "rate": number(count.rate),
    }


def _text(text: str | None) -> str | None:
    return None if text is None else storable(masked(text))


def _json(text: str | None) -> str | None:
    return None if text is None else masked_json(text)


def _label(text: str, length: int = NAME_LENGTH) -> str:
    return cut_name(storable(masked(text)), length)


def _short(text: str | None) -> str | None:
    return None if text is None else cut_name(storable(text), NAME_LENGTH)
