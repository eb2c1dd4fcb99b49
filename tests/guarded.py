"""Fixtures of tests in which the guard has nothing to catch."""

from collections.abc import Iterator

import pytest

from progress_updater.recording.guard import guard


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
