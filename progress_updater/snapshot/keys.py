"""The keys of an answer, in the order in which they stand in it, and how each is made."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from progress_updater import states
from progress_updater.snapshot.attempts import attempts_json
from progress_updater.snapshot.failure import exception_of, failure_json
from progress_updater.snapshot.liveness import alive, stalled
from progress_updater.snapshot.log_text import written
from progress_updater.snapshot.messages import gaps_json, messages_json
from progress_updater.snapshot.progress import is_fresh, task_progress
from progress_updater.snapshot.reading import Reading
from progress_updater.snapshot.steps import steps_json
from progress_updater.snapshot.times import seconds_between, timestamp
from progress_updater.snapshot.whole import whole_for

Keys = Mapping[str, Callable[[Reading], Any]]


def _custom_state(reading: Reading) -> str | None:
    return reading.log.custom_state if reading.log.state == states.STARTED else None


def _runtime(reading: Reading) -> float | None:
    log = reading.log
    until = log.end if states.is_finished(log.state) else reading.now
    return seconds_between(timestamp(log.start), timestamp(until))


def _failure(reading: Reading) -> dict[str, Any] | None:
    return failure_json(reading.latest.failure, reading.audience) if reading.latest else None


def _progress(reading: Reading) -> dict[str, Any]:
    log = reading.log
    return task_progress(log, moving=not states.is_finished(log.state) and is_fresh(log, reading.now))


def _for_readers_of_all(reading: Reading, value: str | None) -> str | None:
    return value if reading.audience.sees_all_tasks else None


def _for_readers_of_details(name: str) -> Callable[[Reading], Any]:
    return lambda reading: getattr(reading.log, name) if reading.audience.sees_details else None


_CONTRACT: Final[Keys] = {
    "task_name": lambda reading: reading.log.task_name,
    "task_uuid": lambda reading: reading.log.task_uuid,
    "start": lambda reading: timestamp(reading.log.start),
    "end": lambda reading: timestamp(reading.log.end),
    "log": written,
    "exception": lambda reading: exception_of(reading.log, reading.audience),
    "finished": lambda reading: states.is_finished(reading.log.state),
    "status": lambda reading: states.status_of(reading.log.state),
}
_STATE: Final[Keys] = {
    "state": lambda reading: reading.log.state,
    "custom_state": _custom_state,
    "celery_name": lambda reading: reading.log.celery_name,
    "seq": lambda reading: reading.log.seq,
    "now": lambda reading: timestamp(reading.now),
    "updated": lambda reading: timestamp(reading.log.updated),
    "queued": lambda reading: timestamp(reading.log.queued),
    "runtime": _runtime,
    "alive": alive,
    "stalled": stalled,
    "cancel_requested": lambda reading: reading.log.cancel_requested,
    "failure": _failure,
    "progress": _progress,
    "attempt": lambda reading: reading.shown.number if reading.shown else None,
    "attempts": lambda reading: attempts_json(reading.attempts, reading.audience),
}
_ENTRIES: Final[Keys] = {
    "steps": lambda reading: steps_json(reading, reading.entries.steps),
    "messages": lambda reading: messages_json(reading, reading.entries.messages),
    "truncated": lambda reading: reading.entries.truncated,
    "gaps": lambda reading: gaps_json(reading, reading.entries.gaps),
}
_CONTEXT: Final[Keys] = {
    "root": lambda reading: reading.log.root,
    "parent": lambda reading: reading.log.parent,
    "group": lambda reading: reading.log.group,
    "queue": lambda reading: _for_readers_of_all(reading, reading.log.queue),
    "tags": lambda reading: reading.tags,
    "about": lambda reading: reading.log.about,
    "owner": lambda reading: _for_readers_of_all(reading, reading.log.owner),
}
_CALL: Final[Keys] = {
    "eta": lambda reading: timestamp(reading.log.eta),
    "expires": lambda reading: timestamp(reading.log.expires),
    "retry_of": lambda reading: reading.log.retry_of,
    **{
        name: _for_readers_of_details(name)
        for name in ("args", "kwargs", "options", "arguments_kept", "result", "result_kept")
    },
}

_CANVAS: Final[Keys] = {
    "tree": lambda reading: reading.log.tree,
    "previous": lambda reading: reading.log.previous,
    "position": lambda reading: reading.log.position,
    "whole": lambda reading: whole_for(reading.audience, reading.whole),
}

DETAIL: Final[Keys] = {**_CONTRACT, **_STATE, **_ENTRIES, **_CONTEXT, **_CALL, **_CANVAS}
"""The whole record."""
DELTA: Final[Keys] = {
    **DETAIL,
    "seq": lambda reading: reading.entries.upto,
    "more": lambda reading: reading.entries.more,
}
"""What changed after a cursor: the entries and the text cover a stretch, everything else is as it is now."""
ITEM: Final[Keys] = {
    key: make for key, make in DETAIL.items() if key not in {"log", "steps", "messages", "gaps"}
} | {"truncated": lambda _: None}
"""One line of a list."""


def answer(reading: Reading, keys: Keys, wanted: Collection[str] | None) -> dict[str, Any]:
    """Make an answer.

    Args:
        reading: the look at the log.
        keys: which keys this kind of answer has.
        wanted: those that the reader asked for, None for all. What is not wanted is not read.

    Returns:
        The keys in their order.
    """
    return {key: make(reading) for key, make in keys.items() if wanted is None or key in wanted}
