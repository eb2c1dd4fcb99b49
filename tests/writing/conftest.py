"""A sink on each real database, and a look at what the guard has caught."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from progress_updater.writing.sinks.database import DatabaseSink
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    alias_of,
    database,
    migrate,
    migrated,
    pytest_generate_tests,
    sqlite_database,
    unmigrated,
    used_by_test,
    vendor,
)
from tests.guarded import failures, nothing_fails_unseen  # noqa: F401 (fixtures)
from tests.own_servers import OwnServer, own_postgres
from tests.statements import statements  # noqa: F401 (a fixture)


@pytest.fixture
def sink(database: str) -> Iterator[DatabaseSink]:  # noqa: F811
    """A sink on the test's database."""
    made = DatabaseSink(database)
    yield made
    made.rest()


@pytest.fixture
def is_sqlite(database: str) -> bool:  # noqa: F811
    return connections[database].vendor == "sqlite"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A PostgreSQL server that the test may stop; it needs the service "initdb"."""
    with own_postgres() as started:
        yield started


@pytest.fixture
def own_database(
    server: OwnServer, tmp_path: Path, django_db_blocker: Any, settings: Any, promptly: None
) -> Iterator[str]:
    """The alias of a database with the app's tables on that server."""
    with django_db_blocker.unblock(), alias_of(server.url, tmp_path) as alias, used_by_test(settings, alias):
        migrate(alias)
        yield alias


@pytest.fixture
def promptly(settings: Any) -> None:
    """Let the writer try often."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "FLUSH_INTERVAL": 0.05}
