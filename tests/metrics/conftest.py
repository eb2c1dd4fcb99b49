"""Real databases, and readers."""

from tests.api.conftest import a_reader, reader  # noqa: F401 (fixtures)
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    migrated,
    pytest_generate_tests,
    sqlite_database,
)
