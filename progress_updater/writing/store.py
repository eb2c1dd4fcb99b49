"""Store the changes of a flush, inside one transaction."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from time import time
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater import states
from progress_updater.recording.changes import LogChange, RunChange, Settlement
from progress_updater.writing.lost import decided
from progress_updater.writing.moments import Moment, moment_for
from progress_updater.writing.processes import Processes
from progress_updater.writing.sources import of_begun
from progress_updater.writing.sql import Dialect, dialect_of
from progress_updater.writing.sql.attempts import upsert_attempts
from progress_updater.writing.sql.dialect import PORTION, Rows
from progress_updater.writing.sql.logs import StoredLog, insert_tags, upsert_logs
from progress_updater.writing.sql.messages import delete_messages, insert_messages
from progress_updater.writing.sql.settling import goes_on, has_begun_anew, is_waiting, settle
from progress_updater.writing.sql.steps import upsert_steps
from progress_updater.writing.sql.trees import tree_of, trees_left_by
from progress_updater.writing.values import (
    attempt_values,
    failure_json,
    log_values,
    message_values,
    step_values,
    tag_values,
)
from progress_updater.writing.whereabouts import located

COUNTED_WITHIN: Final = (
    60.0  # seconds after a task has ended in which its tree is counted, if nothing is amiss
)

Attempts = dict[str, tuple[int, int]]
"""By run: the id of the log, the id of the attempt."""


def store_changes(
    connection: BaseDatabaseWrapper,
    changes: list[LogChange],
    attempts: Attempts,
    processes: Processes | None = None,
    trees: set[str] | None = None,
) -> set[str]:
    """Write all rows of a flush.

    The logs come first: this locks them, which orders all writers of a log, and gives each change its place
    in the log's cursor; so no reader ever sees a line appear behind the place that it has read up to.

    Args:
        connection: with an open transaction.
        changes: of one or more tasks.
        attempts: those that are known to be stored; it is kept up to date.
        processes: keeps the row of this process; None where it has no heart that beats.
        trees: takes the keys of the trees whose tasks have come further.

    Returns:
        Those of the runs whose task somebody has cancelled.
    """
    cancelled: set[str] = set()
    touched = set() if trees is None else trees
    dialect = dialect_of(connection)
    with connection.cursor() as cursor:
        for wave in _waves(changes):
            cancelled |= _Wave(dialect, cursor, attempts, processes, touched).store(wave)
    return cancelled


def _waves(changes: list[LogChange]) -> list[list[LogChange]]:
    """Split the changes so that each wave has at most one of each task, in the order of the ids."""
    waves: list[dict[str, LogChange]] = []
    for change in changes:
        free = next((wave for wave in waves if change.task_uuid not in wave), None)
        if free is None:
            waves.append(free := {})
        free[change.task_uuid] = change
    return [[wave[task_uuid] for task_uuid in sorted(wave)] for wave in waves]


def _moves(change: LogChange) -> bool:
    """Whether the tree of a task has come further by a change: not by each of its lines."""
    run = change.run
    if run is None or change.new_identity or run.attempt_changed:
        return True
    return run.task is not None and run.task.count.percent is not None


class _Wave:
    """One wave on its way into the tables."""

    def __init__(
        self,
        dialect: Dialect,
        cursor: Any,
        attempts: Attempts,
        processes: Processes | None,
        trees: set[str],
    ) -> None:
        self._dialect = dialect
        self._cursor = cursor
        self._attempts = attempts
        self._processes = processes
        self._trees = trees
        self._moment: Moment = moment_for(dialect.connection)

    def store(self, changes: list[LogChange]) -> set[str]:
        heard = [told for change in changes if (told := self._heard(change)) is not None]
        return self._store(heard) if heard else set()

    def _heard(self, change: LogChange) -> LogChange | None:
        if change.only_tree:
            self._trees.update(tree_of(self._dialect, self._cursor, change.task_uuid))
            return None
        if change.settlement is None:
            return change
        if change.settlement.silent_run is not None:
            return self._lost(change, change.settlement.silent_run)
        end = change.settlement
        if end.if_begun is not None and goes_on(self._dialect, self._cursor, change.task_uuid):
            end = of_begun(end)
            change = replace(change, settlement=end)
        if not self._is_heard(change, end):
            return None
        return located(self._dialect, self._cursor, change) if end.cut_off else change

    def _lost(self, change: LogChange, run: str) -> LogChange | None:
        told = decided(self._dialect, self._cursor, change)
        if told is not None and told.settlement is not None:
            # The process may have died before it counted what its tasks had changed.
            since = self._moment(told.settlement.end - COUNTED_WITHIN)
            self._trees.update(trees_left_by(self._dialect, self._cursor, run, since))
        return told

    def _is_heard(self, change: LogChange, end: Settlement) -> bool:
        """Whether a settlement is about what is stored: not if its task has begun anew since."""
        if end.only_waiting:
            return is_waiting(self._dialect, self._cursor, change.task_uuid)
        if end.state == states.IGNORED and not end.only_known:
            return True  # the statement that stores it looks by itself whether the task has come
        since = self._moment(end.end)
        begun = has_begun_anew(self._dialect, self._cursor, change.task_uuid, since)
        return not end.only_known if begun is None else not begun

    def _store(self, changes: list[LogChange]) -> set[str]:
        now = self._moment(time())
        rows = [log_values(change, self._moment, now) for change in changes]
        logs = upsert_logs(self._dialect, self._cursor, rows)
        self._trees.update(
            tree for change in changes if _moves(change) and (tree := logs[change.task_uuid].tree) is not None
        )
        self._insert_tags([(logs[change.task_uuid], change) for change in changes])
        runs = [
            (log.id, log.seq - change.events, change.run)
            for change in changes
            if change.run is not None
            for log in [logs[change.task_uuid]]
        ]
        self._upsert_attempts(runs)
        self._upsert_steps(runs)
        self._insert_messages(runs)
        for change in changes:
            if change.settlement is not None and change.settlement.state != states.IGNORED:
                log = logs[change.task_uuid]
                self._settle(change.settlement.silent_run or log.run, log.seq, change.settlement)
        runs_of = ((logs[change.task_uuid], change.run) for change in changes)
        return {run.run for log, run in runs_of if run is not None and log.cancel_requested}

    def _insert_tags(self, changes: list[tuple[StoredLog, LogChange]]) -> None:
        tags = [
            (log.id, tag, log.created)
            for log, change in changes
            if change.new_identity
            for tag in tag_values(change.identity)
        ]
        if tags:
            insert_tags(self._dialect, self._cursor, tags)

    def _upsert_attempts(self, runs: list[tuple[int, int, RunChange]]) -> None:
        rows, log_of = [], {}
        for log_id, _, run in runs:
            # The log of a known attempt is another one when somebody deleted it meanwhile.
            if run.attempt_changed or self._attempts.get(run.run, (None,))[0] != log_id:
                rows.append(attempt_values(log_id, run, self._moment, self._process_id(run)))
                log_of[run.run] = log_id
        if rows:
            found = upsert_attempts(self._dialect, self._cursor, rows)
            self._attempts.update((run, (log_of[run], attempt_id)) for run, attempt_id in found.items())

    def _process_id(self, run: RunChange) -> int | None:
        process = run.attempt.process
        if self._processes is None or process is None or (run.task is None and not run.is_overtaken):
            return None
        return self._processes.id_of(self._dialect, self._cursor, process)

    def _upsert_steps(self, runs: list[tuple[int, int, RunChange]]) -> None:
        rows = (
            step_values(*self._attempts[run.run], step, base, self._moment)
            for _, base, run in runs
            for step in run.steps
        )
        self._in_portions(rows, upsert_steps)

    def _insert_messages(self, runs: list[tuple[int, int, RunChange]]) -> None:
        rows = (
            message_values(*self._attempts[run.run], line, base, self._moment)
            for _, base, run in runs
            for line in run.messages
        )
        self._in_portions(rows, insert_messages)
        replaced = [
            (self._attempts[run.run][1], n)
            for _, _, run in runs
            for line in run.messages
            for n in line.replaces
        ]
        if replaced:
            delete_messages(self._dialect, self._cursor, replaced)

    def _in_portions(
        self, rows: Iterator[tuple[Any, ...]], insert: Callable[[Dialect, Any, Rows], None]
    ) -> None:
        portion = list(islice(rows, PORTION))
        with nullcontext() if len(portion) < PORTION else self._dialect.overlapping():
            while portion:
                insert(self._dialect, self._cursor, portion)
                portion = list(islice(rows, PORTION))

    def _settle(self, run: str, seq: int, end: Settlement) -> None:
        """End the newest attempt, and its open steps, for a run that cannot do it itself."""
        if run:
            values = {"state": end.state, "end": self._moment(end.end), "failure": failure_json(end.failure)}
            settle(self._dialect, self._cursor, run, seq, values)
