"""Which way this process stores its changes."""

import atexit
from time import monotonic
from typing import Final

from django.core import mail
from django.core.signals import setting_changed

from progress_updater.settings import SETTING_NAME, current
from progress_updater.writing.direct import DirectWriter
from progress_updater.writing.diversion import diverted_way, diverted_ways
from progress_updater.writing.forking import watch_forks
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.journal import Journal
from progress_updater.writing.sinks.memory import MemorySink
from progress_updater.writing.writer import Writer

LAST_FLUSH: Final = 0.25
"""Seconds that a process with a journal waits at the most when it ends."""

_channels: Final[dict[str, Writer | DirectWriter]] = {}


def sink_in_force() -> str:
    """Tell where records go.

    Returns:
        "database", "memory" or "inline". "auto" means memory in Django's test environment, which is
        recognised as Django's mail does: by the outbox that its test runner puts there.
    """
    wanted = current().SINK
    if wanted != "auto":
        return wanted
    return "memory" if hasattr(mail, "outbox") else "database"


def channel() -> Writer | DirectWriter:
    """Return the way in force, made when it is first used.

    Returns:
        The writer of this process, or what stands in for it in a block of a test.
    """
    diverted = diverted_way()
    if diverted is not None:
        return diverted
    name = sink_in_force()
    existing = _channels.get(name)
    return existing if existing is not None else _channels.setdefault(name, _made(name))


def _made(name: str) -> Writer | DirectWriter:
    # These need the models, which this module must not: importing progress_updater comes before them.
    from progress_updater.upkeep.heartbeat import Heartbeat
    from progress_updater.upkeep.retention import Retention
    from progress_updater.writing.journal.recovery import recover
    from progress_updater.writing.sinks.database import DatabaseSink
    from progress_updater.writing.sinks.inline import InlineSink
    from progress_updater.writing.trees import TreeCounts

    if name == "memory":
        return DirectWriter(MemorySink())
    if name == "inline":
        return DirectWriter(InlineSink(current().DATABASE))
    settings = current()
    sink, folder = DatabaseSink(settings.DATABASE), journal_folder(settings)
    duties = Heartbeat(sink), TreeCounts(sink), Retention(sink)
    if folder is None:
        return Writer(sink, settings.FLUSH_INTERVAL, duties)
    journal = Journal(folder, settings.JOURNAL_SIZE)
    return Writer(sink, settings.FLUSH_INTERVAL, duties, journal, lambda: recover(sink, folder))


def writer() -> Writer | None:
    """Return the writer of this process, if it has stored anything."""
    found = _channels.get("database")
    return found if isinstance(found, Writer) else None


def flush(seconds: float | None = None) -> bool:
    """Wait until everything that this process recorded is stored.

    Args:
        seconds: how long at the most; FLUSH_DEADLINE by default.

    Returns:
        False when the time ran out; what is left is stored later, while the process lives.
    """
    ways = _ways()
    if not ways:
        return True
    deadline = current().FLUSH_DEADLINE if seconds is None else seconds
    stored = [way.flush(deadline) for way in ways]
    return all(stored)


def close() -> None:
    """Store everything for the last time; what takes too long stays in the journal."""
    for way in _ways():
        end = monotonic() + (current().FLUSH_DEADLINE if way.keep is None else LAST_FLUSH)
        way.flush(end - monotonic())
        way.close(end - monotonic())


def _ways() -> list[Writer | DirectWriter]:
    return [*_channels.values(), *diverted_ways()]


def _forget(*, setting: str, **_: object) -> None:
    if setting in {SETTING_NAME, "DATABASES"} and _channels:
        flush()
        close()
        _channels.clear()


watch_forks(_ways, close)
atexit.register(close)
setting_changed.connect(_forget, dispatch_uid="progress_updater.channels")
