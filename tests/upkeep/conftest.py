"""Real databases, and short times."""

from typing import Any

import pytest

from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    migrated,
    pytest_generate_tests,
    sqlite_database,
    unmigrated,
    vendor,
)
from tests.guarded import failures, nothing_fails_unseen  # noqa: F401 (fixtures)
from tests.statements import statements  # noqa: F401 (a fixture)
from tests.upkeep.workers import SHORT


@pytest.fixture
def short(database: str, settings: Any) -> None:  # noqa: F811
    """Hearts that beat fast, in this process too."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, **SHORT}
