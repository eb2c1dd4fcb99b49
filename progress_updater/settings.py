"""All settings of the app, on one screen: the keys of PROGRESS_UPDATER in the project's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings as django_settings
from django.core.signals import setting_changed

SETTING_NAME = "PROGRESS_UPDATER"

ALL_OTHERS = "*"
"""The key of KEEP that stands for all states that are not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The app's settings; each field is a key of PROGRESS_UPDATER, with its default."""

    DATABASE: str = "default"
    """Alias of the database that holds the app's tables."""

    RECORD: Literal["all", "used"] | Sequence[str] = "all"
    """Which tasks are recorded: "all", "used" (those that call the app), or patterns of task names
    ("shop.*", "!shop.tasks.beat_*"). One task: @shared_task(progress_record=False)."""

    SINK: Literal["auto", "database", "memory", "inline"] = "auto"
    """Where records go: "database" (a writer thread), "memory" (nothing is stored), "inline" (stored by the
    caller, on its own connection), "auto": memory in Django's test environment, else database."""

    FLUSH_INTERVAL: float = 0.25
    """Seconds between two writes of a busy process."""

    FLUSH_DEADLINE: float = 5.0
    """Seconds that the end of a task, or of a process, waits at the most for its last write, where there is
    no journal."""

    JOURNAL_DIR: str | Path | None = "auto"
    """Folder of the journals, in which lines outlive a process that is killed; "auto": below the system's
    folder for temporary files; None: no journal."""

    JOURNAL_SIZE: int = 64 * 1024 * 1024
    """Bytes that the journal of one process takes at the most; beyond, lines are only in memory."""

    HEARTBEAT: float = 5.0
    """Seconds between two heartbeats of a process that runs tasks."""

    LOST_AFTER: float = 30.0
    """Seconds without a heartbeat after which the tasks of a process are LOST."""

    STALLED_AFTER: float | None = 60.0
    """Seconds without any change after which a task inside a step is shown as stalled; None: never."""

    KEEP: Mapping[str, float | None] = field(default_factory=lambda: {"SUCCESS": 30, "*": 90})
    """Days that a task's log is kept after its end, or while it waits (PENDING, RETRY), by its state; "*":
    all that are not named. None, and a state that neither is named nor has a "*": for ever."""

    LOG_TAIL: int = 1_000
    """Messages, and steps, that the detail of one task carries at the most; the rest is paged."""

    MAX_STEPS: int = 10_000
    """Steps that one attempt keeps; more are counted on their parent."""

    TEXT_LIMIT: int = 10_000
    """Characters kept of a name, a message, an exception's text, a message's data, and, about, of a task's
    arguments and result; a cut is shown."""

    REDACT: Sequence[str] = ()
    """Further names of secrets: what stands under them is masked before it is stored, as what stands under
    "password" is. One or more words ("customer_number"), * is any part of one; "!cache_key" is no secret."""

    EXCEPTION_TEXT: Literal["owner", "staff"] = "owner"
    """Who reads the text of an exception: owners too, or only readers of details (owners: its type)."""

    CAPTURE_LOGGING: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None = None
    """Level from which on what a task logs, and the warnings that it causes, become its messages, for readers
    of details; None: nothing."""

    OWNER_ACTIONS: Sequence[Literal["cancel", "retry", "delete"]] = ("cancel",)
    """What owners may do to their own tasks without a permission."""

    TOKEN_AGE: float = 86_400.0
    """Seconds after which a token for an anonymous reader expires, unless who makes it says otherwise."""

    CAPTURE_STATES: bool = True
    """Whether self.update_state() of Celery is shown as the task's custom state."""


def configured() -> Mapping[str, Any]:
    """Return what the project wrote under PROGRESS_UPDATER, unchecked.

    Returns:
        The mapping, or an empty one where there is none.
    """
    written = getattr(django_settings, SETTING_NAME, None)
    return written if isinstance(written, Mapping) else {}


@cache
def current() -> Settings:
    """Return the settings in force; unknown keys are left to the system check.

    Returns:
        One frozen object, the same until a setting changes.
    """
    written, known = configured(), {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in written.items() if name in known})


def _forget(*, setting: str, **_: Any) -> None:
    if setting == SETTING_NAME:
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="progress_updater.settings")
