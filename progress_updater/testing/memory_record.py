"""A record that is only in memory, as the API would show it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import orjson

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.recording.changes import LogChange, RunChange
from progress_updater.snapshot.entries import Entries, gaps_among
from progress_updater.snapshot.keys import DETAIL, answer
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import AttemptRow, MessageRow, Row, StepRow
from progress_updater.snapshot.times import timestamp
from progress_updater.snapshot.tree import Tree
from progress_updater.testing.stored import Stored
from progress_updater.testing.stored_run import StoredRun
from progress_updater.writing.columns import MESSAGE, STEP
from progress_updater.writing.values import failure_json, log_values, message_values, step_values, tag_values

_LOG = 1
_TIMES = ("queued", "eta", "expires", "start", "end")
_JSON = ("data", "failure", "args", "kwargs", "options", "result")


def record_in_memory(
    task_uuid: str,
    changes: list[LogChange],
    attempt: int | None,
    wholes: Mapping[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Show a record to readers of details.

    Args:
        task_uuid: the task's id.
        changes: its flushes, in order.
        attempt: the number of an attempt; None for the newest.
        wholes: how far the trees are, by their keys.

    Returns:
        The whole record, however long it is.

    Raises:
        UnknownAttempt: there is no attempt of that number.
    """
    stored = Stored(changes)
    reading = Reading(
        _log_row(task_uuid, stored),
        Audience.DETAILS,
        attempt=attempt,
        read_entries=lambda reading: _entries(reading, stored),
    )
    reading.tags = sorted(tag_values(stored.identity))
    reading.whole = (wholes or {}).get(stored.identity.tree or "")
    reading.by_id = {}
    for number, run in enumerate(stored.runs.values(), 1):
        reading.by_id[number] = _attempt_row(number, run)
        reading.keep_tree(number, Tree(_step_rows(number, run)))
    return answer(reading, DETAIL, None)


def _log_row(task_uuid: str, stored: Stored) -> TaskLog:
    values = _decoded(log_values(_told(task_uuid, stored), _moment, None))
    values |= {name: values[name] and datetime.fromisoformat(values[name]) for name in _TIMES}
    values |= {"attempts": len(stored.runs), "end_seq": stored.end_seq, "updated": datetime.now(UTC)}
    return TaskLog(pk=_LOG, **values)


def _told(task_uuid: str, stored: Stored) -> LogChange:
    """Put into one change what all of them have told of the task."""
    run = None
    if stored.task is not None:
        attempt = stored.runs[stored.newest].attempt
        run = RunChange(
            run=stored.newest, is_new=False, task=stored.task, attempt=attempt, attempt_changed=False
        )
    return LogChange(
        task_uuid=task_uuid,
        identity=stored.identity,
        events=stored.seq,
        run=run,
        settlement=stored.settlement,
    )


def _attempt_row(number: int, run: StoredRun) -> AttemptRow:
    attempt, failure = run.attempt, failure_json(run.attempt.failure)
    return AttemptRow(
        task_log_id=_LOG,
        id=number,
        number=number,
        state=attempt.state,
        start=_text(attempt.start),
        end=_moment(attempt.end),
        worker=attempt.worker,
        failure=None if failure is None else orjson.loads(failure),
    )


def _step_rows(number: int, run: StoredRun) -> list[StepRow]:
    rows = []
    for step in sorted(run.steps.values(), key=attrgetter("number")):
        seq, opened = run.seqs["step", step.number], run.seqs["opened", step.number]
        values = step_values(_LOG, number, step, seq - step.event, _moment)
        rows.append(_row(StepRow, STEP, values, opened_seq=opened))
    return rows


def _message_rows(number: int, run: StoredRun) -> list[MessageRow]:
    return [
        _row(
            MessageRow,
            MESSAGE,
            message_values(_LOG, number, line, run.seqs["line", line.n] - line.event, _moment),
        )
        for line in run.ordered
    ]


def _row(kind: type[Row], names: Sequence[str], values: Sequence[Any], **others: Any) -> Row:
    columns = _decoded(dict(zip(names, values, strict=True))) | others
    return kind._make(columns[name] for name in kind._fields)


def _decoded(columns: dict[str, Any]) -> dict[str, Any]:
    return columns | {name: orjson.loads(columns[name]) for name in _JSON if columns.get(name) is not None}


def _entries(reading: Reading, stored: Stored) -> Entries:
    shown = reading.shown
    if shown is None:
        return Entries(after=0, upto=stored.seq, steps=[], messages=[], gaps=[])
    run = list(stored.runs.values())[shown.id - 1]
    messages = _message_rows(shown.id, run)
    return Entries(
        after=0,
        upto=stored.seq,
        steps=_step_rows(shown.id, run),
        messages=messages,
        gaps=gaps_among(messages),
    )


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else _text(seconds)


def _text(seconds: float) -> str:
    text = timestamp(datetime.fromtimestamp(seconds, UTC))
    assert text is not None
    return text
