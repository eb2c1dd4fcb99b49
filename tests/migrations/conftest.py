"""Real databases, with the app's tables and without."""

from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    migrated,
    pytest_generate_tests,
    unmigrated,
)
