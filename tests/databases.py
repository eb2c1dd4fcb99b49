"""Real databases as aliases of this process, with the app's tables.

A test that asks for the fixture `database` runs once for each database that is reachable, and finds the
tables empty; the models, the settings and the writer all use it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import ConnectionHandler, connections
from django.test import override_settings

from progress_updater.models import Attempt, Message, Process, Step, TaskLog, TaskTag, TaskTree
from project.databases import databases
from tests.services import SQLITE_URL, database_urls, empty_database


@contextmanager
def alias_of(url: str, folder: Path) -> Iterator[str]:
    """Make an empty database, and an alias for it.

    Args:
        url: one of database_urls().
        folder: where a SQLite file may be made.

    Yields:
        The alias.
    """
    alias = f"test_{uuid.uuid4().hex}"
    with empty_database(url, folder) as made:
        written = databases(folder, made, made)["default"]
        connections.settings[alias] = ConnectionHandler({"default": written}).settings["default"]
        _urls[alias] = made
        try:
            yield alias
        finally:
            connections[alias].close()
            del connections[alias], connections.settings[alias]


_urls: dict[str, str] = {}


def url_of(alias: str) -> str:
    """Return the URL of an alias, for another process."""
    return _urls[alias]


@contextmanager
def uses(alias: str, **written: Any) -> Iterator[None]:
    """Make an alias the one of the app's settings."""
    now = {**django_settings.PROGRESS_UPDATER, "DATABASE": alias, "SINK": "database", **written}
    with override_settings(PROGRESS_UPDATER=now):
        yield


@contextmanager
def used_by_test(settings: Any, alias: str) -> Iterator[None]:
    """Make an alias the one of the app's settings for a whole test, which may change them further."""
    # Django's overrides are a stack: one that a test made on top may end later than a fixture does.
    before = settings.PROGRESS_UPDATER
    settings.PROGRESS_UPDATER = {**before, "DATABASE": alias, "SINK": "database"}
    yield
    settings.PROGRESS_UPDATER = before


def migrate(alias: str, *arguments: str) -> None:
    """Make the app's tables, or take them away, in the database that is in use."""
    call_command("migrate", "progress_updater", *arguments, database=alias, verbosity=0)


def execute(alias: str, statement: str) -> None:
    """Run a statement that is written for one vendor."""
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with each database that is reachable, unless it says with which."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    for name, scope in (("migrated", "session"), ("unmigrated", "function")):
        if name in metafunc.fixturenames and not any(name in names for names in chosen):
            metafunc.parametrize(name, database_urls(), indirect=True, scope=scope)


def only_on(name: str) -> pytest.MarkDecorator:
    """Run a test that asks for `database` with one alone: "sqlite", "postgres" or "mariadb"."""
    urls = [url for url in database_urls() if url.id == name]
    return pytest.mark.parametrize("migrated", urls, indirect=True, scope="session")


@pytest.fixture(scope="session")
def migrated(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[str]:
    """The alias of a database with the app's tables, the same for all tests.

    It comes after Django's own: Django makes a test database for each alias that it finds.
    """
    folder = tmp_path_factory.mktemp("database")
    with django_db_blocker.unblock(), alias_of(request.param, folder) as alias:
        with uses(alias):
            migrate(alias)
        yield alias


@pytest.fixture
def database(migrated: str, django_db_blocker: Any, settings: Any) -> Iterator[str]:
    """The alias of a database with the app's tables, which are empty and in use."""
    with django_db_blocker.unblock():
        for model in (Message, Step, Attempt, TaskTag, TaskLog, TaskTree, Process):
            execute(migrated, f"DELETE FROM {model._meta.db_table}")
        with used_by_test(settings, migrated):
            yield migrated


@pytest.fixture
def unmigrated(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any, settings: Any
) -> Iterator[str]:
    """The alias of a database without any table, which is in use."""
    with (
        django_db_blocker.unblock(),
        alias_of(request.param, tmp_path) as alias,
        used_by_test(settings, alias),
    ):
        yield alias


@pytest.fixture
def sqlite_database(tmp_path: Path, django_db_blocker: Any, settings: Any) -> Iterator[str]:
    """The alias of a SQLite file with the app's tables, for what is the same on every database."""
    with (
        django_db_blocker.unblock(),
        alias_of(SQLITE_URL, tmp_path) as alias,
        used_by_test(settings, alias),
    ):
        migrate(alias)
        yield alias


@pytest.fixture
def vendor(request: pytest.FixtureRequest) -> str:
    """The vendor of the test's database: "sqlite", "postgresql" or "mysql"."""
    alias = request.getfixturevalue("database" if "database" in request.fixturenames else "unmigrated")
    return connections[alias].vendor
