"""The database's clock does not depend on any time zone."""

import pytest
from django.db import connections
from django.db.models import F

from progress_updater import clock
from progress_updater.clock import Age
from progress_updater.models import Process
from tests.databases import (  # noqa: F401 (fixtures and hooks)
    database,
    execute,
    migrated,
    pytest_generate_tests,
    vendor,
)

ZONES = {
    "postgresql": "SET TIME ZONE 'Asia/Tokyo'",
    "mysql": "SET time_zone = '+09:00'",
    "sqlite": "SELECT 1",
}
HOUR = 3_600.0
"""Seconds; zones are hours apart, and the machine may hold a test up for a while."""

BACK = {"postgresql": "SET TIME ZONE 'UTC'", "mysql": "SET time_zone = 'SYSTEM'", "sqlite": "SELECT 1"}


def make_a_process(alias: str, moment: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO progress_updater_process (token, host, pid, started) VALUES (%s, %s, %s, {moment})",
            ["t", "h", 1],
        )


def age(alias: str) -> float:
    return Process.objects.values_list(Age(F("started"))).get()[0]


@pytest.mark.parametrize("written_abroad", [True, False])
@pytest.mark.parametrize("read_abroad", [True, False])
def test_a_moment_of_now_is_new_wherever_it_is_written_and_read(
    database: str,  # noqa: F811
    vendor: str,  # noqa: F811
    written_abroad: bool,
    read_abroad: bool,
) -> None:
    try:
        execute(database, (ZONES if written_abroad else BACK)[vendor])
        make_a_process(database, clock.now(vendor))
        execute(database, (ZONES if read_abroad else BACK)[vendor])
        assert -0.1 < age(database) < HOUR
    finally:
        execute(database, BACK[vendor])


def test_an_age_is_in_seconds(database: str, vendor: str) -> None:  # noqa: F811
    make_a_process(database, "'2001-01-01 00:00:00'")
    years = age(database) / 86_400 / 365.2425
    assert 25 < years < 100
