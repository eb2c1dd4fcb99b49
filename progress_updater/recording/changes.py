"""What a flush brings to a sink: plain values, no behaviour."""

from dataclasses import dataclass, field
from typing import NamedTuple

from progress_updater.recording.failure import Failure
from progress_updater.recording.process import ProcessIdentity


class Identity(NamedTuple):
    """What belongs to the call of a task, whoever learns of it first. Times are seconds since the epoch."""

    task_name: str
    celery_name: str | None = None
    queued: float | None = None
    queue: str | None = None
    eta: float | None = None
    expires: float | None = None
    root: str | None = None
    parent: str | None = None
    group: str | None = None
    owner: str | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()
    tree: str | None = None
    """What the tasks that belong together share."""
    previous: str | None = None
    """The task, or the group, after whose success it runs."""
    position: int | None = None
    """Its place in its group, from 0."""
    retry_of: str | None = None
    args: str | None = None
    """JSON, and what follows too; nothing is masked yet."""
    kwargs: str | None = None
    options: str | None = None
    arguments_kept: bool | None = None
    """Whether the arguments stand there as they are, none cut or replaced by its text; None without them."""
    parameters: tuple[str, ...] = ()
    """The names of the positional arguments."""


@dataclass(slots=True, kw_only=True)
class CountChange:
    """The columns of a count."""

    current: float | None = None
    total: float | None = None
    unit: str | None = None
    percent: float | None = None
    rate: float | None = None


@dataclass(slots=True, kw_only=True)
class AttemptChange:
    """The whole row of an attempt. Times are seconds since the epoch, here and below."""

    retries: int
    redelivered: bool
    worker: str | None
    state: str
    start: float
    end: float | None
    failure: Failure | None
    process: ProcessIdentity | None = None
    """Who is heard of as long as it goes on; None where nobody knows."""


@dataclass(slots=True, kw_only=True)
class StepChange:
    """The whole row of a step."""

    number: int
    parent: int | None
    name: str
    state: str
    start: float | None
    end: float | None
    count: CountChange
    failure: Failure | None
    n: int
    opened_event: int
    """Which of the flush's events was its appearance: 1, 2, 3 …"""
    event: int
    """Which of them is its latest change."""


@dataclass(slots=True, kw_only=True)
class MessageChange:
    """A new line."""

    n: int
    event: int
    step: int | None
    at: float
    level: str
    text: str
    data: str | None
    """JSON."""
    replace: str | None
    replaces: tuple[int, ...]
    """The numbers of the stored lines that this one replaces."""
    source: str
    public: bool


@dataclass(slots=True, kw_only=True)
class TaskChange:
    """What a run says of its task: the columns of the log that belong to the newest attempt."""

    state: str
    custom_state: str | None
    start: float
    end: float | None
    end_event: int | None
    exception: str | None
    exception_type: str | None
    message: str | None
    steps_done: int
    steps_failed: int
    count: CountChange
    result: str | None = None
    """JSON; nothing is masked yet."""
    result_kept: bool | None = None


@dataclass(slots=True, kw_only=True)
class RunChange:
    """What one run has to store since its last flush."""

    run: str
    is_new: bool
    """The run was never stored before: it becomes the newest attempt."""
    task: TaskChange | None
    """None where the run may not speak for its task: in a forked child, and where it is overtaken."""
    attempt: AttemptChange
    attempt_changed: bool
    """Whether the attempt differs from its stored row."""
    is_overtaken: bool = False
    """Whether its task had begun again before anything of this run was stored."""
    steps: list[StepChange] = field(default_factory=list)
    messages: list[MessageChange] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Settlement:
    """An end that somebody else than the run itself declares: it was revoked, or its process died."""

    state: str
    end: float
    failure: Failure | None
    only_known: bool = False
    """Whether it makes no record of a task of which nothing is stored."""
    only_waiting: bool = False
    """Whether it counts only as long as the task, of which something is stored, has not begun, nor ended."""
    if_begun: Failure | None = None
    """What a task fails with that never comes and yet has begun: it was replaced by what ends here."""
    cut_off: bool = False
    """Whether the run could not end by itself: then its failure says in which step it was."""
    silent_run: str | None = None
    """The run that it is about: it counts only if that goes on, and its process is silent."""
    silent_for: float = 0.0
    """Seconds after which a process is silent."""
    of_task: bool = True
    """Whether it ends the task, too, and not only an attempt that a newer one has followed."""


@dataclass(slots=True, kw_only=True)
class LogChange:
    """One task's part of a flush."""

    task_uuid: str
    identity: Identity
    events: int
    """How many numbers of the log's cursor the flush takes."""
    new_identity: bool = True
    """Whether the identity was not stored before."""
    run: RunChange | None = None
    settlement: Settlement | None = None
    only_tree: bool = False
    """Whether it changes nothing, and has the tree of the task counted."""
