"""The steps of an answer."""

from typing import Any

from progress_updater.snapshot.failure import failure_json
from progress_updater.snapshot.progress import is_fresh, step_progress
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import StepRow
from progress_updater.snapshot.times import seconds_between, timestamp


def steps_json(reading: Reading, steps: list[StepRow]) -> list[dict[str, Any]]:
    """Show steps.

    Args:
        reading: the look at the log.
        steps: rows of this log.

    Returns:
        One object a step, in the same order.
    """
    trees = reading.trees({step.attempt_id for step in steps})
    fresh, now = is_fresh(reading.log, reading.now), timestamp(reading.now)
    ended = timestamp(reading.log.end)
    shown = []
    for step in steps:
        attempt = reading.by_id[step.attempt_id]
        until = step.end or attempt.end or ended or now
        shown.append(
            {
                "id": step.number,
                "parent": trees[step.attempt_id].parents[step.number],
                "path": trees[step.attempt_id].paths[step.number],
                "attempt": attempt.number,
                "name": step.name,
                "state": step.state,
                "start": step.start,
                "end": step.end,
                "runtime": seconds_between(step.start, until),
                "progress": step_progress(step, moving=fresh and until is now),
                "failure": failure_json(step.failure, reading.audience),
                "seq": step.seq,
            }
        )
    return shown
