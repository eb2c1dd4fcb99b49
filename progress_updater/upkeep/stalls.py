"""Notice tasks in which nothing changes for long, and where their code is meanwhile."""

from collections.abc import Mapping
from functools import partial
from time import monotonic

import orjson

from progress_updater.recording.recorder import Recorder
from progress_updater.recording.step import StepRecord
from progress_updater.settings import current
from progress_updater.upkeep.frames import frames_of
from progress_updater.writing.processes import mark_stalled
from progress_updater.writing.sinks.database import DatabaseSink


class Stalls:
    """Look at the runs of this process; each stall is told once, and the next change of the run ends it.

    Args:
        sink: knows when something new of a run was stored.
    """

    def __init__(self, sink: DatabaseSink) -> None:
        self._sink = sink
        self._told: dict[str, float] = {}

    def look_for(self, runs: Mapping[str, Recorder]) -> None:
        """Tell of each run that has an open step and has not changed for STALLED_AFTER.

        Args:
            runs: the runs that go on.
        """
        patience = current().STALLED_AFTER
        self._told = {run: since for run, since in self._told.items() if run in runs}
        for run, recorder in runs.items():
            since, step = self._sink.running[run], recorder.innermost
            is_stalled = patience is not None and monotonic() - since >= patience
            if is_stalled and step is not None and self._told.get(run) != since:
                self._tell(recorder, step, since)
                self._told[run] = since

    def _tell(self, recorder: Recorder, step: StepRecord, since: float) -> None:
        stalled = {
            "step": step.number,
            "since": recorder.time_of(since),
            "frames": frames_of(recorder.thread),
        }
        self._sink.ask(partial(mark_stalled, run=recorder.run, stalled=orjson.dumps(stalled).decode()))
        self._sink.look_up_again(recorder.run)
