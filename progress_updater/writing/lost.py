"""The end of a run whose process has fallen silent, decided while nobody else can change its task."""

from dataclasses import replace
from time import time
from typing import Any, Final

from progress_updater import states, wording
from progress_updater.models import Attempt, Process, TaskLog
from progress_updater.recording.changes import LogChange, Settlement
from progress_updater.recording.failure import Failure
from progress_updater.writing.moments import seconds_of
from progress_updater.writing.processes import silence
from progress_updater.writing.sql import Dialect
from progress_updater.writing.whereabouts import innermost_step

FAILURE_TYPE: Final = "WorkerLost"


def decided(dialect: Dialect, cursor: Any, change: LogChange) -> LogChange | None:
    """Complete a settlement of a silent process by what is known now.

    Args:
        dialect: of the database.
        cursor: of the open transaction; the log is locked from now on.
        change: whose settlement names the run and how long its process has to be silent.

    Returns:
        The change with the end and its failure. None where the run has ended, or its process was heard of.
    """
    assert change.settlement is not None
    found = _silent_attempt(dialect, cursor, change.task_uuid, change.settlement)
    if found is None:
        return None
    newest_run, updated, attempt_id, host, pid, silent_for = found
    since = time() - float(silent_for)
    step = innermost_step(dialect, cursor, attempt_id)
    place = None if step is None else step[1:]
    is_dead = change.settlement.silent_for < 0
    text = wording.died(host, pid, place) if is_dead else wording.lost(host, pid, since, place)
    end = replace(
        change.settlement,
        end=max(since, seconds_of(updated, dialect.connection)),
        failure=Failure(type=FAILURE_TYPE, text=text, step=None if step is None else step[0], traceback=None),
        of_task=newest_run == change.settlement.silent_run,
    )
    return replace(change, settlement=end)


def _silent_attempt(dialect: Dialect, cursor: Any, task_uuid: str, end: Settlement) -> Any:
    quote, log = dialect.quote, dialect.table(TaskLog)
    # By itself: a statement that has to wait for the lock may see the other tables as they were before.
    cursor.execute(
        f"SELECT log.{quote('id')} FROM {log} log WHERE log.{quote('task_uuid')} = %s {dialect.lock}",
        [task_uuid],
    )
    cursor.fetchone()
    columns = ("log", "run"), ("log", "updated"), ("attempt", "id"), ("process", "host"), ("process", "pid")
    cursor.execute(
        f"SELECT {', '.join(f'{table}.{quote(name)}' for table, name in columns)}, {silence(dialect)} "
        f"FROM {log} log JOIN {dialect.table(Attempt)} attempt "
        f"ON attempt.{quote('task_log_id')} = log.{quote('id')} "
        f"JOIN {dialect.table(Process)} process ON process.{quote('id')} = attempt.{quote('process_id')} "
        f"WHERE log.{quote('task_uuid')} = %s AND attempt.{quote('run')} = %s "
        f"AND attempt.{quote('state')} = '{states.STARTED}' AND {silence(dialect)} > %s",
        [task_uuid, end.silent_run, end.silent_for],
    )
    return cursor.fetchone()
