"""Say, while tasks run in this process, that it is alive; and look after those that others do not hear of."""

from math import inf
from time import monotonic
from typing import Any

from progress_updater import states
from progress_updater.recording import registry
from progress_updater.recording.guard import guard
from progress_updater.recording.process import this_process
from progress_updater.recording.recorder import Recorder
from progress_updater.settings import current
from progress_updater.upkeep.reaper import look_at_tree, reap
from progress_updater.upkeep.stalls import Stalls
from progress_updater.writing.cancelling import tell_cancelled
from progress_updater.writing.overdue import Overdue, overdue_attempts
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sql import Dialect


class Heartbeat:
    """The writer's duty: one UPDATE and one SELECT every HEARTBEAT seconds, however many tasks run.

    Args:
        sink: on whose connection.
    """

    def __init__(self, sink: DatabaseSink) -> None:
        self._sink = sink
        self._stalls = Stalls(sink)
        self._tried = -inf
        self._trusts_from = -inf

    @property
    def has_tasks(self) -> bool:
        """Whether tasks run here."""
        return bool(self._sink.running)

    def pause(self) -> float | None:
        """Return the seconds until the next beat; None while no task runs here."""
        if not self._sink.running:
            return None
        last = max(self._tried, self._sink.processes.beaten)
        return max(0.0, last + current().HEARTBEAT - monotonic())

    def hurry(self) -> bool:
        """Leave it to the next process."""
        return False

    def attend(self) -> None:
        """Beat, and look for tasks that are lost or stalled."""
        self._note_delay()
        runs = self._runs()
        if not runs:
            return
        try:
            overdue = self._sink.ask(self._beat)
            self._note_wait()
            self._look_after(runs, overdue)
        except Exception as error:
            self._distrust()
            guard.report(error, "say that this process is alive")

    def _note_delay(self) -> None:
        # Whoever was stopped has not heard the others; nor have they been heard while a database was away.
        before, self._tried = self._tried, monotonic()
        expected = max(before, self._sink.processes.beaten) + current().HEARTBEAT
        if before > -inf and self._tried - expected > current().LOST_AFTER / 2:
            self._distrust()

    def _note_wait(self) -> None:
        # Who was stopped in the midst of it, or waited long for the database, found the others silent.
        if monotonic() - self._tried > current().LOST_AFTER / 2:
            self._distrust()

    def _distrust(self) -> None:
        self._trusts_from = monotonic() + current().LOST_AFTER

    @property
    def _trusts(self) -> bool:
        return monotonic() >= self._trusts_from

    def _runs(self) -> dict[str, Recorder]:
        """Find the runs that go on, and forget those whose end nobody has told."""
        running = self._sink.running
        runs = {recorder.run: recorder for recorder in registry.live() if recorder.run in running}
        for gone in running.keys() - runs.keys():
            del running[gone]
        return runs

    def _beat(self, dialect: Dialect, cursor: Any) -> list[Overdue]:
        processes, process = self._sink.processes, this_process()
        if not processes.beat(dialect, cursor, process):
            processes.forget()
            self._sink.look_up_again()
        silent_for = current().LOST_AFTER if self._trusts else None
        return overdue_attempts(dialect, cursor, process, silent_for)

    def _look_after(self, runs: dict[str, Recorder], overdue: list[Overdue]) -> None:
        tell_cancelled([found.run for found in overdue if found.state == states.REVOKED])
        for found in overdue:
            if found.state == states.LOST and found.run in runs:
                runs[found.run].resume()
        if self._trusts:
            self._judge(runs, overdue)
            self._stalls.look_for(runs)

    @staticmethod
    def _judge(runs: dict[str, Recorder], overdue: list[Overdue]) -> None:
        for found in overdue:
            if found.state == states.STARTED and found.run not in runs:
                reap(found.task_uuid, found.run)
            elif found.state == states.PENDING:
                look_at_tree(found.run, found.task_uuid)
