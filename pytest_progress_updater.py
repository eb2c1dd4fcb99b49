"""What pytest finds after the installation: two fixtures, and what was recorded in a test that failed.

This stands outside of the package: whoever imports the package imports Django and Celery with it, which a run
of tests that asks for none of this does not have to pay for.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from progress_updater.testing import TaskLogs

_LOGS: Final[pytest.StashKey[TaskLogs]] = pytest.StashKey()


@pytest.fixture
def task_logs(request: pytest.FixtureRequest) -> Iterator[TaskLogs]:
    """Return the logs of the tasks that run in this test, kept in memory."""
    with _recorded_in(request.node, store=False) as logs:
        yield logs


@pytest.fixture
def task_logs_in_database(request: pytest.FixtureRequest, db: None) -> Iterator[TaskLogs]:  # noqa: ARG001
    """Return the logs of the tasks that run in this test, stored in the tables; rolled back with the test."""
    with _recorded_in(request.node, store=True) as logs:
        yield logs


@contextmanager
def _recorded_in(item: Any, *, store: bool) -> Iterator[TaskLogs]:
    from progress_updater.testing import record_tasks

    with record_tasks(store=store) as logs:
        item.stash[_LOGS] = logs
        yield logs


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Show what was recorded in a test that failed, unless its error shows it already."""
    if call.when != "call" or call.excinfo is None or _LOGS not in item.stash:
        return
    from progress_updater.testing import RecordedOtherwise

    if not call.excinfo.errisinstance(RecordedOtherwise):
        item.add_report_section("call", "recorded tasks", _written(item.stash[_LOGS]))


def _written(logs: TaskLogs) -> str:
    try:
        return str(logs)
    except Exception as error:
        # The test may have left its transaction broken; its own error is what matters.
        return f"(they cannot be read: {error})"
