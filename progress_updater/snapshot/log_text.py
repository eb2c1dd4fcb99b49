"""The classic text of a stretch of a log; its wording stands in recording/text.py."""

from collections.abc import Iterator
from typing import Final

from progress_updater import states
from progress_updater.recording import text
from progress_updater.snapshot.entries import Entries
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.rows import StepRow
from progress_updater.snapshot.times import seconds_between
from progress_updater.snapshot.tree import Tree

_OPENED: Final = 0
_SAID: Final = 1
_CLOSED: Final = 2
_FINISHED: Final = 3

Line = tuple[int, int, str]


def written(reading: Reading) -> str:
    """Write the text of a reading's entries.

    Lines stand in the order of the cursor, so that the texts of successive deltas make up the whole text.

    Args:
        reading: the look at the log.

    Returns:
        Whole lines, as the reading's audience may read them.
    """
    entries = reading.entries
    lines = [(message.seq, _SAID, text.said(message.text)) for message in entries.messages]
    lines.extend(_of_steps(reading, entries))
    lines.extend(_of_the_end(reading, entries))
    lines.sort()
    return "".join(line for _, _, line in lines)


def _of_steps(reading: Reading, entries: Entries) -> Iterator[Line]:
    after, upto, task_name = entries.after, entries.upto, reading.log.task_name
    trees = reading.trees({step.attempt_id for step in entries.steps})
    for step in entries.steps:
        if step.start is None:
            continue
        if after < step.opened_seq <= upto:
            name = task_name if step.parent is None else None
            yield step.opened_seq, _OPENED, text.step_opened(step.name, task_name=name)
        if step.end is not None and step.seq <= upto:
            yield step.seq, _CLOSED, _closing(reading, step, trees[step.attempt_id])


def _closing(reading: Reading, step: StepRow, tree: Tree) -> str:
    failure = step.failure or {}
    arose_elsewhere = failure.get("step") != step.number
    if arose_elsewhere and tree.has_children(step.number, step.seq):
        return ""
    seconds = seconds_between(step.start, step.end) or 0.0
    if step.state == states.SUCCESS:
        return text.step_succeeded(seconds)
    said = failure.get("text") if reading.audience.sees_exception_text else None
    return text.step_failed(seconds, failure.get("type"), said)


def _of_the_end(reading: Reading, entries: Entries) -> Iterator[Line]:
    end_seq, latest = reading.log.end_seq, reading.latest
    if end_seq is None or not entries.after < end_seq <= entries.upto:
        return
    if reading.asked_for is None or reading.asked_for is latest:
        tree = reading.trees([latest.id])[latest.id] if latest else Tree([])
        yield end_seq, _FINISHED, text.task_finished(*tree.jobs(end_seq))
