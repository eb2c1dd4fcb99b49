"""A sink on each real database, and a look at what the guard has caught."""

from collections.abc import Iterator

import pytest
from django.db import connections

from progress_updater.recording.guard import guard
from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    migrated,
    pytest_generate_tests,
    sqlite_database,
    unmigrated,
    vendor,
)


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
def sink(database: str) -> Iterator[DatabaseSink]:  # noqa: F811
    """A sink on the test's database."""
    made = DatabaseSink(database)
    yield made
    made.rest()


@pytest.fixture
def is_sqlite(database: str) -> bool:  # noqa: F811
    return connections[database].vendor == "sqlite"
