"""What all tests share: databases in a folder of the run, a broker in memory, marks by folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as examples

from progress_updater.settings import current
from project.celery import app

pytest_plugins = ["tests.services", "tests.updaters"]

written: Any = settings.PROGRESS_UPDATER
written["KEEP"] = {}  # rows of tests are old, and only some tests want them deleted
current.cache_clear()

# How long an example takes says more of the machine than of the code: whoever is held up fails no test.
examples.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("unhurried")

app.conf.update(broker_url="memory://", broker_transport=None, result_backend="cache+memory://")

TESTS = Path(__file__).parent
MARKED_FOLDERS = {"acceptance": "processes", "browser": "processes", "benchmarks": "alone"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of some folders."""
    for item in items:
        mark = MARKED_FOLDERS.get(item.path.relative_to(TESTS).parts[0])
        if mark:
            item.add_marker(mark)


@pytest.fixture(autouse=True)
def settings_are_left_as_they_were() -> Iterator[None]:
    """Fail the test that leaves other settings behind, and not those that come after it."""
    before = current()
    yield
    assert current() == before


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test databases in files, for threads share no database in memory."""
    from django.conf import settings

    folder = tmp_path_factory.mktemp("databases")
    for alias, database in settings.DATABASES.items():
        if database["ENGINE"].endswith(".sqlite3"):
            database.setdefault("TEST", {})["NAME"] = folder / f"{alias}.sqlite3"
