"""A database that is away, in one of many ways: tasks go on, all is there afterwards, one warning tells."""

import time
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connections

from progress_updater import TaskUpdater
from progress_updater.models import TaskLog
from progress_updater.writing.channels import channel, flush
from tests.own_servers import OwnServer, own_pgbouncer, port_of, shut_down, stopped
from tests.services import database_urls
from tests.writing.changes import texts
from tests.writing.outages import OUTAGES, takes_no_more_connections

NEVER_BLOCKS = 4.0  # seconds that a hundred calls may take; one that waits for a database takes 5
LINES = 100
WIDTH = 200


def _say(updater: TaskUpdater, first: int) -> None:
    began = time.monotonic()
    for number in range(first, first + LINES):
        updater.notify(f"{number:<{WIDTH}}")
    assert time.monotonic() - began < NEVER_BLOCKS


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "progress_updater"]


def _outlive(outage: AbstractContextManager[None], caplog: pytest.LogCaptureFixture) -> None:
    """Say lines before, in and after an outage; look whether all are there."""
    updater = TaskUpdater(task_name="TEST", suppress_exception=False)
    with updater("Say"):
        _say(updater, 0)
        assert flush(60)
        with outage:
            _say(updater, LINES)
            assert not flush(0.4)
            _say(updater, 2 * LINES)
        _say(updater, 3 * LINES)
    updater.finish()
    assert flush(60)
    connections.close_all()  # the test's own may be from before the outage
    assert [int(text) for text in texts(updater.task_uuid)] == list(range(4 * LINES))
    log = TaskLog.objects.get(task_uuid=updater.task_uuid)
    assert (log.state, log.attempts, log.steps_done) == ("SUCCESS", 1, 1)
    assert len(_warnings(caplog)) <= 1, _warnings(caplog)
    channel().sink.rest()


CASES = [
    pytest.param(url.values[0], ways[str(url.id)], id=f"{kind}-{url.id}", marks=url.marks)
    for kind, ways in OUTAGES.items()
    for url in database_urls()
    if url.id in ways
]


@pytest.mark.parametrize(("migrated", "outage"), CASES, indirect=["migrated"], scope="session")
def test_what_is_said_while_the_database_is_away_is_all_there_afterwards(
    outage: Any, database: str, promptly: None, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    _outlive(outage(database), caplog)


@pytest.mark.needs("initdb")
def test_a_server_that_takes_no_more_connections_gets_all_when_it_does(
    own_database: str, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    _outlive(takes_no_more_connections(own_database), caplog)


@pytest.mark.needs("initdb")
@pytest.mark.parametrize("away", [stopped, shut_down])
def test_a_server_that_was_away_gets_all_when_it_is_back(
    away: Any, server: OwnServer, own_database: str, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    _outlive(away(server), caplog)


@pytest.mark.needs("initdb")
@pytest.mark.needs("pgbouncer")
def test_a_pgbouncer_that_is_restarted_passes_all_on(
    server: OwnServer, own_database: str, failures: None, caplog: pytest.LogCaptureFixture
) -> None:
    with own_pgbouncer(server) as bouncer:
        connections[own_database].settings_dict["PORT"] = port_of(bouncer.url)
        _outlive(shut_down(bouncer), caplog)
