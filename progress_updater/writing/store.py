"""Store the changes of a flush, inside one transaction."""

from time import time
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from progress_updater.recording.changes import LogChange, RunChange, Settlement
from progress_updater.recording.clean import cut_name, storable
from progress_updater.writing.sql import Dialect, dialect_of
from progress_updater.writing.values import (
    NAME_LENGTH,
    Moment,
    attempt_values,
    failure_json,
    log_values,
    message_values,
    moment_for,
    step_values,
)


def store_changes(
    connection: BaseDatabaseWrapper, changes: list[LogChange], attempt_ids: dict[str, int]
) -> None:
    """Write all rows of a flush.

    The logs come first: this locks them, which orders all writers of a log, and gives each change its place in
    the log's cursor; so no reader ever sees a line appear behind the place that it has read up to.

    Args:
        connection: with an open transaction.
        changes: of one or more tasks.
        attempt_ids: by run, the ids of attempts that are known to be stored; it is kept up to date.
    """
    dialect = dialect_of(connection)
    with connection.cursor() as cursor:
        for wave in _waves(changes):
            _Flush(dialect, cursor, attempt_ids).store(wave)


def _waves(changes: list[LogChange]) -> list[list[LogChange]]:
    """Split the changes so that each wave has at most one of each task, in the order of the ids."""
    waves: list[dict[str, LogChange]] = []
    for change in changes:
        free = next((wave for wave in waves if change.task_uuid not in wave), None)
        if free is None:
            waves.append(free := {})
        free[change.task_uuid] = change
    return [[wave[task_uuid] for task_uuid in sorted(wave)] for wave in waves]


class _Flush:
    """One wave on its way into the tables."""

    def __init__(self, dialect: Dialect, cursor: Any, attempt_ids: dict[str, int]) -> None:
        self._dialect = dialect
        self._cursor = cursor
        self._attempt_ids = attempt_ids
        self._moment: Moment = moment_for(dialect.connection)
        self._steps: list[Any] = []
        self._messages: list[Any] = []
        self._replaced: list[tuple[int, int]] = []
        self._tags: list[tuple[int, str]] = []

    def store(self, changes: list[LogChange]) -> None:
        now = self._moment(time())
        rows = [log_values(change, self._moment, now) for change in changes]
        logs = self._dialect.upsert_logs(self._cursor, rows)
        for change in changes:
            log_id, seq, newest_run = logs[change.task_uuid]
            self._take_tags(log_id, change)
            if change.run is not None:
                self._take_run(log_id, seq - change.events, change.run)
            if change.settlement is not None:
                self._settle(newest_run, seq, change.settlement)
        self._write_rows()

    def _take_tags(self, log_id: int, change: LogChange) -> None:
        if change.new_identity:
            self._tags += [(log_id, cut_name(storable(tag), NAME_LENGTH)) for tag in change.identity.tags]

    def _take_run(self, log_id: int, base: int, run: RunChange) -> None:
        attempt_id = self._attempt_ids.get(run.run)
        if attempt_id is None or run.attempt_changed:
            values = attempt_values(log_id, run.run, run.attempt, self._moment)
            attempt_id = self._dialect.upsert_attempt(self._cursor, values, leads=run.task is not None)
            self._attempt_ids[run.run] = attempt_id
        moment = self._moment
        self._steps += [step_values(log_id, attempt_id, step, base, moment) for step in run.steps]
        self._messages += [message_values(log_id, attempt_id, line, base, moment) for line in run.messages]
        self._replaced += [
            (attempt_id, line.replaces_n) for line in run.messages if line.replaces_n is not None
        ]

    def _write_rows(self) -> None:
        if self._tags:
            self._dialect.insert_tags(self._cursor, self._tags)
        if self._steps:
            self._dialect.upsert_steps(self._cursor, self._steps)
        if self._messages:
            self._dialect.insert_messages(self._cursor, self._messages)
        if self._replaced:
            self._dialect.delete_messages(self._cursor, self._replaced)

    def _settle(self, run: str, seq: int, end: Settlement) -> None:
        """End the newest attempt, and its open steps, for a run that cannot do it itself."""
        values = {"state": end.state, "end": self._moment(end.end), "failure": failure_json(end.failure)}
        self._dialect.settle(self._cursor, run, seq, values)
