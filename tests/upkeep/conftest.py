"""Real databases, and short times."""

from collections.abc import Iterator
from typing import Any

import pytest

from progress_updater.recording.guard import guard
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    migrated,
    pytest_generate_tests,
    sqlite_database,
    unmigrated,
    vendor,
)
from tests.upkeep.workers import SHORT


@pytest.fixture(autouse=True)
def nothing_fails_unseen(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which the guard has caught an error, unless it asks for `failures`."""
    before = guard.failures
    yield
    if "failures" not in request.fixturenames:
        assert guard.failures == before


@pytest.fixture
def failures() -> Iterator[None]:
    """Allow internal errors, as if none of them had been logged before."""
    known, guard._known = guard._known, set()
    yield
    guard._known = known


@pytest.fixture
def short(database: str, settings: Any) -> None:  # noqa: F811
    """Hearts that beat fast, in this process too."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **SHORT}
