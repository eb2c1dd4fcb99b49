"""The same task gives the same record with every database, broker and pool."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.normalised import normalised
from tests.acceptance.site import Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, service_url

DATABASES = ("sqlite", "postgres", "mariadb")
BROKERS = ("folder", "redis", "rabbitmq")
POOLS = ("prefork", "threads", "gevent", "solo")

PAIRWISE = [
    ("sqlite", "folder", "prefork"),
    ("sqlite", "redis", "threads"),
    ("sqlite", "rabbitmq", "gevent"),
    ("sqlite", "redis", "solo"),
    ("postgres", "redis", "prefork"),
    ("postgres", "rabbitmq", "threads"),
    ("postgres", "redis", "gevent"),
    ("postgres", "rabbitmq", "solo"),
    ("mariadb", "rabbitmq", "prefork"),
    ("mariadb", "redis", "threads"),
    ("mariadb", "redis", "gevent"),
    ("mariadb", "rabbitmq", "solo"),
]
"""Every database meets every pool, and both brokers; with ACCEPTANCE=full everything meets everything."""

FULL = [(database, broker, pool) for database in DATABASES for broker in BROKERS for pool in POOLS]

FOUNDING_LOG = (
    "\t - TESTFirst part\n\tSome notification related to the task\n\t\tSuccessfully completed\n"
    "\t\tTime spent: 0h0m\n\t - TESTSecond part\n\t - My subtask 1 in my task 2\n"
    "\tSome notification related to the task\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
    "\t - My subtask 2 in my task 2\n\t\tFailed\n\t\tTime spent: 0h0m\n\t\tSee error message:\n"
    "<class 'ZeroDivisionError'>: division by zero\n\t - My subtask 3 in my task 2\n"
    "\tSome notification related to the task\n\t\tSuccessfully completed\n\t\tTime spent: 0h0m\n"
    "\tTask Finished - 3 out of 4 jobs finished\n"
)


def _parameters() -> list[Any]:
    chosen = FULL if os.environ.get("ACCEPTANCE") == "full" else PAIRWISE
    return [
        pytest.param(
            *combination,
            id="-".join(combination),
            marks=[pytest.mark.needs(name) for name in combination[:2] if name not in {"sqlite", "folder"}],
        )
        for combination in chosen
    ]


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    """Records of the combinations before, by task."""
    return {}


@pytest.mark.parametrize(("database", "broker", "pool"), _parameters())
def test_the_record_is_the_same_everywhere(
    database: str, broker: str, pool: str, make_site: Callable[..., Site], seen: dict[str, str]
) -> None:
    site = make_site(
        SQLITE_URL if database == "sqlite" else service_url(database),
        FOLDER_BROKER_URL if broker == "folder" else service_url(broker),
    )
    site.start_worker(pool)
    founding = site.run("record_when_finished", "project.tasks.founding")
    rich = site.run("record_when_finished", "tests.acceptance.tasks.rich")

    assert founding["log"] == FOUNDING_LOG
    assert (founding["exception"], founding["finished"], founding["status"]) == ("division by zero", True, 0)
    assert [step["path"] for step in founding["steps"]] == ["1", "2", "2.1", "2.2", "2.3"]
    assert rich["state"] == "SUCCESS"
    assert (rich["owner"], rich["about"], rich["tags"]) == ("7", "shop.order:3", ["acceptance"])
    for name, record in (("founding", founding), ("rich", rich)):
        assert seen.setdefault(name, _text(record)) == _text(record)


def _text(record: dict[str, Any]) -> str:
    return json.dumps(normalised(record), indent=1)
