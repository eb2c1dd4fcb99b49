"""Tasks that have something in every field; what not everybody may read is told by its text."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from progress_updater import states
from progress_updater.models import (
    Attempt,
    Message,
    Process,
    Step,
    TaskLog,
    TaskTag,
    TaskTree,
)
from tests.rows import BEGIN, SECOND, ALog, a_failure, a_log, heard_of

OWNER: Final = 987654321
SUCCEEDED: Final = "a-task-that-succeeded"
FAILED: Final = "a-task-that-failed"
RUNNING: Final = "a-task-that-runs"
FOREIGN: Final = "a-task-of-somebody-else"

TAIL: Final = 12
"""Lines that an answer carries at the most; the running task has said more."""

MARKERS: Final = {
    "argument": "HIDDEN-argument",
    "keyword argument": "HIDDEN-keyword",
    "option": "HIDDEN-option",
    "result": "HIDDEN-result",
    "traceback": "HIDDEN-traceback",
    "line that is not public": "HIDDEN-line",
    "data of that line": "HIDDEN-data",
    "captured log": "HIDDEN-logging",
    "worker": "HIDDEN-worker",
    "host": "HIDDEN-host",
    "frame": "HIDDEN-frame",
    "queue": "HIDDEN-queue",
    "owner": str(OWNER),
    "task of somebody else": "HIDDEN-foreign",
    "text of an exception": "SAID-exception",
    "public line": "SAID-line",
    "data of a public line": "SAID-data",
    "step": "SAID-step",
    "tag": "SAID-tag",
    "subject": "said.subject",
}
"""Texts that stand in the records, by what they are."""

_CALL: Final = {
    "celery_name": "shop.tasks.go",
    "queue": MARKERS["queue"],
    "args": [MARKERS["argument"]],
    "kwargs": {"key": MARKERS["keyword argument"]},
    "options": {"shadow": MARKERS["option"]},
    "arguments_kept": True,
    "queued": BEGIN,
    "eta": BEGIN,
    "expires": BEGIN + 1_000_000 * SECOND,
    "root": "the-root",
    "parent": "the-parent",
    "group": "the-group",
    "tree": "the-tree",
    "previous": "the-previous",
    "position": 1,
    "retry_of": "the-first",
    "about": f"{MARKERS['subject']}:1",
}


@contextmanager
def all_records() -> Iterator[dict[str, ALog]]:
    """Make all tasks anew; afterwards nothing is left.

    Yields:
        Those of the owner, by their ids.
    """
    TaskTree.objects.create(key="the-tree", tasks=9, done=5, failed=1, percent=55.5, updated=BEGIN)
    _foreign()
    yield {log.task_uuid: log for log in (_succeeded(), _failed(), _running())}
    for model in (Message, Step, Attempt, TaskTag, TaskLog, TaskTree, Process):
        model.objects.all().delete()


def _foreign() -> None:
    shared = {name: _CALL[name] for name in ("tree", "group", "root")}
    columns = {**shared, "parent": SUCCEEDED, "percent": 10.0}
    a_log(MARKERS["task of somebody else"], task_uuid=FOREIGN, owner="8", **columns)


def _owned(task_uuid: str, **columns: Any) -> ALog:
    tags = (MARKERS["tag"],)
    return a_log(task_uuid, task_uuid=task_uuid, owner=str(OWNER), tags=tags, **{**_CALL, **columns})


def _hidden_failure(step: int | None) -> dict[str, Any]:
    failure = a_failure(step, MARKERS["text of an exception"])
    return {**failure, "traceback": MARKERS["traceback"]}


def _says_everything(log: ALog, step: int) -> None:
    public, private = {"data": [MARKERS["data of a public line"]]}, {"data": [MARKERS["data of that line"]]}
    log.gap(3, step)
    log.say(MARKERS["public line"], step, replace="here", **public)
    log.say(MARKERS["line that is not public"], step, public=False, **private)
    log.say(MARKERS["captured log"], step, public=False, source="logging")


def _succeeded() -> ALog:
    log = _owned(SUCCEEDED)
    log.end_attempt(states.RETRY, _hidden_failure(None))
    log.attempt(worker=MARKERS["worker"])
    step = log.open(MARKERS["step"])
    log.count(step, 2.0, total=4.0, unit="rows", percent=50.0)
    _says_everything(log, log.open("Inner", step))
    return log.finish(
        states.SUCCESS, current=4.0, total=4.0, unit="rows", percent=100.0,
        result=MARKERS["result"], result_kept=True,
    )  # fmt: skip


def _failed() -> ALog:
    log = _owned(FAILED)
    step = log.open(MARKERS["step"])
    _says_everything(log, step)
    log.close(step, states.FAILURE, _hidden_failure(step))
    return log.finish(states.FAILURE, _hidden_failure(step), steps_failed=1)


def _running() -> ALog:
    log = _owned(RUNNING, created=datetime.now(UTC), custom_state="COUNTING")
    log.attempt(worker=MARKERS["worker"])
    log.say_many(TAIL + 1)
    step = log.open(MARKERS["step"])
    log.count(step, 1.0, total=3.0, unit="rows", percent=33.3, rate=0.5)
    for number in range(TAIL + 1):
        log.close(log.open(f"Part {number}", step))
    _says_everything(log, step)
    log.set(current=1.0, total=3.0, unit="rows", percent=33.3, rate=0.5)
    heard_of(log, 0, host=MARKERS["host"])
    frame = {"file": "shop.py", "line": 7, "function": MARKERS["frame"]}
    told = {"step": step, "since": BEGIN.timestamp(), "frames": [frame]}
    Attempt.objects.filter(pk=log.current.pk).update(stalled=told)
    return log
