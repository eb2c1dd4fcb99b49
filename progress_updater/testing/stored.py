"""What the tables would hold of a task: its changes, put together as the database does it."""

from collections.abc import Iterable
from dataclasses import replace

from progress_updater import states
from progress_updater.recording.changes import (
    Identity,
    LogChange,
    RunChange,
    Settlement,
    TaskChange,
)
from progress_updater.testing.stored_run import StoredRun
from progress_updater.writing.columns import IDENTITY
from progress_updater.writing.sources import of_begun


class Stored:
    """The record of one task id.

    Args:
        changes: its flushes, in order.

    Attributes:
        identity: what is known of the call.
        seq: the cursor.
        end_seq: the cursor at which the record ended, None while it goes on.
        runs: the attempts by their tokens, the first one first.
        newest: the token of the newest attempt, empty before the first one.
        task: what the runs have told of the task's state, None before they did.
        settlement: how the task ended, where no run of it ever told anything.
    """

    def __init__(self, changes: Iterable[LogChange]) -> None:
        self.identity = Identity(task_name="")
        self.seq = 0
        self.end_seq: int | None = None
        self.runs: dict[str, StoredRun] = {}
        self.task: TaskChange | None = None
        self.newest = ""
        self.settlement: Settlement | None = None
        for change in changes:
            self._take(change)

    def _take(self, change: LogChange) -> None:
        if change.settlement is not None and not self._is_heard(change.settlement):
            return
        if change.settlement is not None and states.goes_on(self.state):
            change = replace(change, settlement=of_begun(change.settlement))
        base, self.seq = self.seq, self.seq + change.events
        before, eta = self.state, self.identity.eta
        self.identity = _filled_in(self.identity, change.identity)
        if change.run is not None or not self.identity.task_name:
            self.identity = self.identity._replace(task_name=change.identity.task_name)
        if change.run is not None:
            stored = self.runs.setdefault(change.run.run, StoredRun(change.run.attempt))
            stored.take(change.run, base)
            is_told = self._listen(change.run, base)
        else:
            is_told = change.settlement is not None and self._settle(change.settlement)
        self._show_due(change, before, eta, is_told=is_told)

    def _show_due(self, change: LogChange, before: str, eta: float | None, *, is_told: bool) -> None:
        """Show when a retry is due; writing.sql.logs tells the rules of this, too."""
        if is_told and self.state == states.RETRY:
            eta = change.identity.eta
        elif is_told and before == states.RETRY:
            eta = None
        elif not _ends_with_retry(change):
            return
        self.identity = self.identity._replace(eta=eta)

    def _is_heard(self, end: Settlement) -> bool:
        """Whether a settlement is about what is stored: not if its task has begun anew since."""
        if end.only_waiting:
            return self.seq > 0 and self.state == states.PENDING
        if self.seq == 0:
            return not end.only_known
        return self.newest == "" or self.runs[self.newest].attempt.start <= end.end

    def _listen(self, run: RunChange, base: int) -> bool:
        """Hear what a run says of its task; writing.sql.logs.applies() tells the rules."""
        if run.task is None:
            return False
        starts = run.is_new and run.run != self.newest
        applies = self._applies(run.task.state, starts=starts, same=run.run == self.newest)
        if applies:
            known = self.task
            self.task = run.task if known is None else replace(run.task, start=known.start)
            if run.task.end_event is not None:
                self.end_seq = base + run.task.end_event
            elif run.task.end is None:
                self.end_seq = None
        if starts:
            self.newest = run.run
        return applies

    def _applies(self, new: str, *, starts: bool, same: bool) -> bool:
        old, is_free = self.state, self.identity.celery_name is None
        return (
            (old not in states.TERMINAL and (starts or same or new == states.SUCCESS))
            or (starts and (old != states.SUCCESS or is_free))
            or (same and (old == states.LOST or is_free))
        )

    def _settle(self, end: Settlement) -> bool:
        if end.state == states.IGNORED and self.state != states.PENDING:
            return False
        is_new = self.state not in states.TERMINAL or states.LOST == self.state != end.state
        is_new = is_new or (self.state == states.IGNORED and not self.newest and end.state == states.FAILURE)
        is_told = end.of_task and is_new
        if is_told:
            self.end_seq = self.seq if end.state in states.TERMINAL else None
            known = self.task or self.settlement
            if known is not None and known.state == states.LOST and known.end is not None:
                end = replace(end, end=known.end)  # when it was heard of last
            if self.task is None:
                self.settlement = end
            else:
                self.task = _settled(self.task, end)
        if self.newest:
            self.runs[self.newest].settle(end, self.seq)
        return is_told

    @property
    def state(self) -> str:
        """The state of the task."""
        told = self.task or self.settlement
        return states.PENDING if told is None else told.state


def _ends_with_retry(change: LogChange) -> bool:
    told = change.settlement if change.run is None else change.run.task
    return told is not None and told.state == states.RETRY


def _filled_in(known: Identity, told: Identity) -> Identity:
    """Add what was not known yet."""
    added = {name: getattr(told, name) for name in IDENTITY if getattr(known, name) is None}
    tags = tuple(dict.fromkeys((*known.tags, *told.tags)))
    parameters = told.parameters if known.args is None else known.parameters
    return known._replace(**added, tags=tags, parameters=parameters)


def _settled(task: TaskChange, end: Settlement) -> TaskChange:
    failure = end.failure if end.state in states.TERMINAL else None
    return replace(
        task,
        state=end.state,
        custom_state=None,
        end=end.end if end.state in states.TERMINAL else None,
        exception=None if failure is None else failure.text,
        exception_type=None if failure is None else failure.type,
        result=None,
        result_kept=None,
    )
