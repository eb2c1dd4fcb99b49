"""Store what processes left in their journals when they died."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Final

import orjson

from progress_updater import states, wording
from progress_updater.recording.changes import LogChange, Settlement
from progress_updater.recording.failure import Failure
from progress_updater.recording.guard import guard
from progress_updater.recording.passing import PASSING
from progress_updater.writing.journal.folder import check_folder
from progress_updater.writing.journal.journal import OWN
from progress_updater.writing.journal.journaled_run import JournaledRun
from progress_updater.writing.journal.locks import SUFFIX as LOCK
from progress_updater.writing.journal.locks import Lock, alone
from progress_updater.writing.journal.reading import read_journal
from progress_updater.writing.journal.reconciliation import known_runs, latest_starts, put_right
from progress_updater.writing.journal.run_change import Known, run_change
from progress_updater.writing.journal.segments import SUFFIX
from progress_updater.writing.lost import FAILURE_TYPE
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sources import OneChange, loss, settlement

DEAD: Final = -1.0
"""Seconds of silence after which the process of a journal without an owner is lost: it needs none."""

OWNED: Final = f"[0-9]*-*{LOCK}"
"""The locks of journals, whose names begin with the number of their process."""

RECOVERING: Final = "recovering"
"""The lock of the one process that recovers."""


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
        UnsafeFolder: somebody else may have written them.
    """
    locks = sorted(folder.glob(OWNED))
    if not locks:
        return 0
    check_folder(folder)
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
    return any(_has(segment, wanted) for journal in journals for segment in _segments_of(journal))


def _has(segment: Path, wanted: bytes) -> bool:
    try:
        return wanted in segment.read_bytes()
    except FileNotFoundError:  # its process lives, and has stored what was in it
        return False


def _segments_of(journal: Path) -> list[Path]:
    return sorted(journal.parent.glob(f"{journal.name}.*{SUFFIX}"))


def _recover(sink: DatabaseSink, locks: list[Path]) -> int:
    found = 0
    for lock in locks:
        try:
            found += _recover_one(sink, lock)
        except StoreLater:
            raise
        except PASSING:
            raise
        except Exception as error:
            # One that nobody can read must not keep all others from being stored.
            guard.report(error, f"recover the journal {lock.with_suffix('')}; it is kept")
    return found


def _recover_one(sink: DatabaseSink, lock: Path) -> bool:
    with _owned(lock) as segments:
        if segments is None:
            return False
        runs: list[JournaledRun] = []
        for runs in read_journal(segments):
            _store(sink, runs)
        _store_deaths(sink, runs)
        for segment in segments:
            segment.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
        return True


@contextmanager
def _owned(path: Path) -> Iterator[list[Path] | None]:
    """Take the place of an owner that has died; None where it lives."""
    journal = path.with_suffix("")
    # To open and close a lock of this process would give it back.
    if journal.name in OWN:
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
    if not runs:
        return
    known = sink.ask(lambda dialect, cursor: known_runs(dialect, cursor, runs))
    _mark_overtaken(sink, [run for run in runs if run.leads and run.run not in known])
    changed = [(run, change) for run in runs if (change := _change(run, known.get(run.run))) is not None]
    if changed:
        # Only those: a journal also names all the short runs whose end is stored.
        told = [run for run, _ in changed]
        # In the same transaction: who sees the end of a run sees its counts.
        sink.store(
            [change for _, change in changed], lambda dialect, cursor: put_right(dialect, cursor, told)
        )


def _mark_overtaken(sink: DatabaseSink, runs: list[JournaledRun]) -> None:
    if runs:
        uuids = [run.task_uuid for run in runs]
        latest = sink.ask(lambda dialect, cursor: latest_starts(dialect, cursor, uuids))
        for run in runs:
            run.is_overtaken = latest.get(run.task_uuid, 0.0) > run.epoch + run.started


def _store_deaths(sink: DatabaseSink, runs: list[JournaledRun]) -> None:
    ended = [source for run in runs if run.end is None and run.leads for source in _death(run)]
    deaths = [death for source in ended if (death := source.collect()) is not None]
    if deaths:
        sink.store(deaths)


def _change(run: JournaledRun, known: Known | None) -> LogChange | None:
    if known is None and run.is_stored and not run.has_news:
        return None  # what was deleted stays deleted
    change, events = run_change(run, known)
    tells = not run.is_identity_stored or change.attempt_changed
    if tells or change.is_new or change.steps or change.messages:
        return LogChange(task_uuid=run.task_uuid, identity=run.identity, events=events, run=change)
    return None


def _death(run: JournaledRun) -> Iterator[OneChange]:
    if run.process is not None:
        yield loss(run.task_uuid, run.run, DEAD)
    elif not run.is_overtaken:
        # Outside Celery nobody listens to the heart of a process.
        failure = Failure(type=FAILURE_TYPE, text=wording.died(None, None, None), step=None, traceback=None)
        end = Settlement(state=states.LOST, end=time(), failure=failure, only_known=True, cut_off=True)
        yield settlement(run.task_uuid, run.identity, end)
