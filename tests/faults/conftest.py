"""A writer of its own for each test, and a guard that has not warned of anything yet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from progress_updater.recording.guard import guard
from progress_updater.settings import current
from progress_updater.writing import channels
from progress_updater.writing.journal.folder import journal_folder
from tests.databases import database, migrated, sqlite_database  # noqa: F401 (fixtures)


@pytest.fixture(autouse=True)
def a_guard_that_has_not_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_known", set())


@pytest.fixture
def journals(database: str, tmp_path: Path, settings: Any) -> Path:  # noqa: F811
    """The folder of the journals, which nobody has made yet."""
    # A heart that beats while the database is away would warn of it too.
    own = {"JOURNAL_DIR": tmp_path / "journals", "FLUSH_INTERVAL": 0.02, "HEARTBEAT": 600.0}
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **own}
    folder = journal_folder(current())
    assert folder is not None
    return folder


@pytest.fixture
def writer(
    journals: Path,
    database: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Record with a writer that no other test has used."""
    monkeypatch.setattr(channels, "_channels", {})
    if connections[database].vendor == "sqlite":
        monkeypatch.setitem(connections[database].settings_dict["OPTIONS"], "timeout", 0.05)  # seconds
    yield
    assert channels.flush(60)
    channels.close()
    for way in channels._channels.values():
        way.sink.rest()
