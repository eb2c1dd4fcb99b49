"""Turn what a task logs, and the warnings that it causes, into its messages."""

import functools
import logging
import sys
import warnings
from typing import Any, Final
from weakref import WeakSet

from django.core.signals import setting_changed

from progress_updater.recording.clean import printed
from progress_updater.recording.context import current_position, position
from progress_updater.recording.guard import guard
from progress_updater.recording.lines import LOGGING
from progress_updater.recording.passing import PASSING
from progress_updater.recording.silence import silent, silently
from progress_updater.recording.tracebacks import type_name
from progress_updater.settings import SETTING_NAME, configured

OFF: Final = sys.maxsize
"""A level that no record reaches."""

OWN: Final = "progress_updater"
REPEATING: Final = "celery.app.trace"
"""Celery's own lines on how a task began and ended; the record says the same."""

WARNINGS: Final = "py.warnings"
"""The logger of warnings, as logging.captureWarnings() names it."""

LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}

_taken: Final[WeakSet[logging.LogRecord]] = WeakSet()


class ProgressHandler(logging.Handler):
    """Record what is logged inside a task as a message of it, on the step in which it is logged.

    The message is not public. Outside of tasks, and in tasks that are not recorded, the handler does nothing.
    A record that reaches several of these handlers, or that CAPTURE_LOGGING takes too, becomes one message.
    A formatter, where one is set, makes the text; else it is what the record and its exception say.
    """

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make none: recording takes no lock, and a time limit could leave one held."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Record it; no error of recording or of a filter reaches who logs.

        Args:
            record: what is logged.

        Returns:
            Whether it became a message.
        """
        # Most is logged outside of tasks: this comes first.
        if position.get() is None or silent.get():
            return False
        try:
            return silently(self._take, record)
        except PASSING:
            raise
        except Exception as error:
            guard.report(error, "record what was logged")
            return False

    def _take(self, record: logging.LogRecord) -> bool:
        here = current_position()
        if here is None or not here.recorder.is_recorded or _is_nothing_new(record):
            return False
        kept: object = self.filter(record) if self.filters else record
        if not kept:
            return False
        _taken.add(record)
        shown = kept if isinstance(kept, logging.LogRecord) else record
        text = _short(shown) if self.formatter is None else self.format(shown)
        here.recorder.say(here, text, _level_of(shown.levelno), public=False, source=LOGGING)
        return True


captured: Final = ProgressHandler(OFF)
"""Takes what CAPTURE_LOGGING says; it is no logger's handler, so that whoever sets up logging finds none.

A filter sends loggers away: captured.addFilter(lambda record: record.name != "shop.chatty").
"""


def connect() -> None:
    """Capture from now on what CAPTURE_LOGGING says; calling it again changes nothing."""
    _follow(setting=SETTING_NAME)
    setting_changed.connect(_follow, dispatch_uid="progress_updater.logging")


@guard.wrap("follow the setting CAPTURE_LOGGING", None)
def _follow(*, setting: str, **_: Any) -> None:
    if setting == SETTING_NAME:
        # Not by current(): it remembers, and a project's tests may still change the mapping.
        wanted: object = configured().get("CAPTURE_LOGGING")
        captured.setLevel(LEVELS.get(wanted, OFF) if isinstance(wanted, str) else OFF)
        if captured.level != OFF:
            _watch_loggers()
            _watch_warnings()


def _watch_loggers() -> None:
    """See each record once, whatever the handlers of its logger are and whether it propagates."""
    original = logging.Logger.callHandlers
    if hasattr(original, "_progress_updater"):
        return

    @functools.wraps(original)
    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if record.levelno >= captured.level:
            captured.handle(record)
        original(self, record)

    call_handlers._progress_updater = True  # type: ignore[attr-defined]  # noqa: SLF001 - the mark is ours
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]


def _watch_warnings() -> None:
    """See the warnings that Python shows; those that logging shows are records."""
    original = warnings.showwarning
    if hasattr(original, "_progress_updater") or original.__module__ == logging.__name__:
        return

    @functools.wraps(original)
    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: Any = None, line: str | None = None,
    ) -> None:  # fmt: skip
        original(message, category, filename, lineno, file, line)
        if file is None and captured.level <= logging.WARNING:
            _record_warning(message, category, filename, lineno, line)

    show._progress_updater = True  # type: ignore[attr-defined]  # noqa: SLF001 - the mark is ours
    warnings.showwarning = show


@guard.wrap("record a warning", None)
def _record_warning(*warning: Any) -> None:
    if position.get() is not None:
        said = {"name": WARNINGS, "levelno": logging.WARNING, "msg": warnings.formatwarning(*warning)}
        captured.handle(logging.makeLogRecord(said))


def _is_nothing_new(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OWN or record.name == REPEATING or record in _taken


@functools.lru_cache
def _level_of(number: int) -> str:
    """Name a level as notify() does; a level of the project's own counts as the one below it."""
    return next((name for name, least in _NAMED if number >= least), "debug")


_NAMED: Final = [(name.lower(), least) for name, least in reversed(LEVELS.items())]


def _short(record: logging.LogRecord) -> str:
    said = _message(record).rstrip()
    exception = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if exception is None:
        return said
    return f"{said}\n{type_name(type(exception))}: {printed(exception)}"


def _message(record: logging.LogRecord) -> str:
    try:
        return printed(record.getMessage())
    except PASSING:
        raise
    except Exception:
        # Its arguments do not fit its text: logging itself complains of that.
        return printed(record.msg)
