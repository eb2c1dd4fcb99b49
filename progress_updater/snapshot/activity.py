"""What a running task is doing, in a few words, for those who have room for one line."""

from typing import NamedTuple

from progress_updater import states
from progress_updater.models import Message, Step, TaskLog
from progress_updater.recording.lines import GAP


class Activity(NamedTuple):
    """What a task is doing."""

    in_step: bool
    """Whether a step is open."""
    text: str
    """The last public line; the name of the innermost open step where nothing was said in it yet."""


def activity(log: TaskLog) -> Activity:
    """Say what a task is doing.

    Args:
        log: the task's log, as it was just read.

    Returns:
        It, from the newest attempt; an empty text where nothing is known.
    """
    # The step's number alone would not do: steps that were planned have theirs before they are open.
    open_steps = Step.objects.filter(
        attempt__task_log=log.pk, attempt__number=log.attempts, state=states.STARTED
    ).order_by("-opened_seq")
    step = open_steps.values_list("name", "opened_seq").first()
    if step is None or (log.message and _said_since(log, step[1])):
        return Activity(step is not None, log.message or "")
    return Activity(True, step[0])


def _said_since(log: TaskLog, seq: int) -> bool:
    lines = Message.objects.filter(task_log=log.pk, seq__gt=seq, public=True)
    return lines.exclude(source=GAP).exists()
