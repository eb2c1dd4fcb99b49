"""Store what processes left in their journals when they died."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any, Final

import orjson

from progress_updater import states, wording
from progress_updater.models import Attempt, Message, Step, TaskLog
from progress_updater.recording.changes import LogChange, Settlement
from progress_updater.recording.failure import Failure
from progress_updater.writing.journal.locks import SUFFIX as LOCK
from progress_updater.writing.journal.locks import Lock, alone
from progress_updater.writing.journal.reading import JournaledRun, Known, read_journal, run_change
from progress_updater.writing.journal.segments import SUFFIX
from progress_updater.writing.lost import FAILURE_TYPE
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sources import loss, settlement
from progress_updater.writing.sql import Dialect

DEAD: Final = -1.0
"""Seconds of silence after which the process of a journal without an owner is lost: it needs none."""

OWNED: Final = f"[0-9]*-*{LOCK}"
RECOVERING: Final = "recovering"

KNOWN: Final = tuple(Known._fields)


def recover(sink: DatabaseSink, folder: Path) -> int | None:
    """Store what is in the journals whose processes have ended, and remove them.

    Args:
        sink: of the database to which they belong.
        folder: where they are.

    Returns:
        How many there were. None where somebody else does it now: who waits for the end of that knows that
        all is stored.

    Raises:
        StoreLater: the database is away; the journals are kept.
    """
    locks = sorted(folder.glob(OWNED))
    if not locks:
        return 0
    with alone(folder / RECOVERING) as is_alone:
        return _recover(sink, locks) if is_alone else None


def is_spoken_of(task_uuid: str, folder: Path) -> bool:
    """Tell whether a task is in the journal of a process that seems to live.

    A process that dies closes its files one after the other: others may hear of its death before its lock is
    free.

    Args:
        task_uuid: the task's id, as it is stored.
        folder: where the journals are.
    """
    wanted = orjson.dumps(task_uuid)
    journals = [path.with_suffix("") for path in folder.glob(OWNED)]
    return any(wanted in segment.read_bytes() for journal in journals for segment in _segments_of(journal))


def _segments_of(journal: Path) -> list[Path]:
    return sorted(journal.parent.glob(f"{journal.name}.*{SUFFIX}"))


def _recover(sink: DatabaseSink, locks: list[Path]) -> int:
    found = 0
    for lock in locks:
        with _owned(lock) as segments:
            if segments is not None:
                _store(sink, read_journal(segments))
                for segment in segments:
                    segment.unlink(missing_ok=True)
                lock.unlink(missing_ok=True)
                found += 1
    return found


@contextmanager
def _owned(path: Path) -> Iterator[list[Path] | None]:
    """Take the place of an owner that has died; None where it lives."""
    journal = path.with_suffix("")
    # To open and close a lock of this process would give it back.
    if journal.name.startswith(f"{os.getpid()}-"):
        yield None
        return
    try:
        lock = Lock(journal)
    except OSError:
        yield None
        return
    try:
        yield _segments_of(journal)
    finally:
        lock.release()


def _store(sink: DatabaseSink, runs: list[JournaledRun]) -> None:
    known: dict[str, Known] = sink.ask(lambda dialect, cursor: _known(dialect, cursor, runs)) if runs else {}
    changes = []
    for run in runs:
        change, events = run_change(run, known.get(run.run))
        if change.is_new or change.attempt_changed or change.steps or change.messages:
            changes.append(
                LogChange(task_uuid=run.task_uuid, identity=run.identity, events=events, run=change)
            )
    if changes:
        sink.store(changes)
        sink.ask(lambda dialect, cursor: _put_right(dialect, cursor, runs))
    lost = [_death(run) for run in runs if run.end is None and run.leads]
    if lost:
        sink.store([change for change in lost if change is not None])


def _death(run: JournaledRun) -> LogChange | None:
    if run.process is not None:
        return loss(run.task_uuid, run.run, DEAD).collect()
    # Outside Celery nobody listens to the heart of a process.
    failure = Failure(type=FAILURE_TYPE, text=wording.died(None, None, None), step=None, traceback=None)
    end = Settlement(state=states.LOST, end=time(), failure=failure, only_known=True, cut_off=True)
    return settlement(run.task_uuid, run.identity, end).collect()


def _known(dialect: Dialect, cursor: Any, runs: list[JournaledRun]) -> dict[str, Known]:
    """Find the attempts that are stored, with what their logs say now."""
    quote = dialect.quote
    cursor.execute(
        f"SELECT attempt.{quote('run')}, {', '.join(f'log.{quote(name)}' for name in KNOWN)} "
        f"FROM {dialect.table(Attempt)} attempt "
        f"JOIN {dialect.table(TaskLog)} log ON log.{quote('id')} = attempt.{quote('task_log_id')} "
        f"WHERE attempt.{quote('state')} <> '{states.PENDING}' "
        f"AND attempt.{quote('run')} IN ({', '.join(['%s'] * len(runs))})",
        [run.run for run in runs],
    )
    return {run: Known(*values) for run, *values in cursor.fetchall()}


def _put_right(dialect: Dialect, cursor: Any, runs: list[JournaledRun]) -> None:
    for run in runs:
        attempt_id = _attempt_id(dialect, cursor, run.run)
        if attempt_id is not None:
            _remove_replaced(dialect, cursor, attempt_id, run)
            _count_again(dialect, cursor, attempt_id, run.run)
            _close_steps_of_ended(dialect, cursor, attempt_id)


def _attempt_id(dialect: Dialect, cursor: Any, run: str) -> int | None:
    quote = dialect.quote
    cursor.execute(f"SELECT {quote('id')} FROM {dialect.table(Attempt)} WHERE {quote('run')} = %s", [run])
    row = cursor.fetchone()
    return None if row is None else row[0]


def _remove_replaced(dialect: Dialect, cursor: Any, attempt_id: int, run: JournaledRun) -> None:
    newest = {line.replace: line.n for _, line in sorted(run.lines.items()) if line.replace is not None}
    attempt, replace, n = map(dialect.quote, ("attempt_id", "replace", "n"))
    for name, number in newest.items():
        cursor.execute(
            f"DELETE FROM {dialect.table(Message)} WHERE {attempt} = %s AND {replace} = %s AND {n} < %s",
            [attempt_id, name, number],
        )


def _count_again(dialect: Dialect, cursor: Any, attempt_id: int, run: str) -> None:
    """Bring the counts of a log up to date, if the run is its newest."""
    quote, end = dialect.quote, dialect.quote("end")
    ended = f"FROM {dialect.table(Step)} WHERE {quote('attempt_id')} = %s AND {end} IS NOT NULL"
    said = (
        f"SELECT {quote('text')} FROM {dialect.table(Message)} WHERE {quote('attempt_id')} = %s "
        f"AND {quote('public')} AND {quote('source')} <> 'gap' ORDER BY {quote('n')} DESC LIMIT 1"
    )
    cursor.execute(
        f"UPDATE {dialect.table(TaskLog)} SET {quote('steps_done')} = (SELECT COUNT(*) {ended}), "
        f"{quote('steps_failed')} = (SELECT COUNT(*) {ended} AND {quote('state')} = '{states.FAILURE}'), "
        f"{quote('message')} = COALESCE(({said}), {quote('message')}) WHERE {quote('run')} = %s",
        [attempt_id, attempt_id, attempt_id, run],
    )


def _close_steps_of_ended(dialect: Dialect, cursor: Any, attempt_id: int) -> None:
    """Close what is open in an attempt of which somebody has already said how it ended."""
    quote, attempt, step = dialect.quote, dialect.table(Attempt), dialect.table(Step)
    cursor.execute(
        f"SELECT {quote('state')}, {quote('end')} FROM {attempt} "
        f"WHERE {quote('id')} = %s AND {quote('end')} IS NOT NULL",
        [attempt_id],
    )
    ended = cursor.fetchone()
    if ended is not None:
        cursor.execute(
            f"UPDATE {step} SET {quote('state')} = %s, {quote('end')} = %s "
            f"WHERE {quote('attempt_id')} = %s AND {quote('end')} IS NULL AND {quote('start')} IS NOT NULL",
            [*ended, attempt_id],
        )
