"""The same task gives the same record with every database, broker and pool."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.normalised import normalised
from tests.acceptance.site import Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, service_url
from tests.tracing import tracing

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

RECORDS = Path(__file__).parent / "records"
TASKS = {"founding": "project.tasks.founding", "rich": "tests.acceptance.tasks.rich"}


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


@pytest.mark.parametrize(("database", "broker", "pool"), _parameters())
def test_the_record_is_the_same_everywhere(
    database: str, broker: str, pool: str, make_site: Callable[..., Site]
) -> None:
    url = SQLITE_URL if database == "sqlite" else service_url(database)
    site = make_site(url, FOLDER_BROKER_URL if broker == "folder" else service_url(broker), **tracing(url))
    site.start_worker(pool)
    records = {name: site.run("record_when_finished", task) for name, task in TASKS.items()}
    for name, record in records.items():
        assert normalised(record) == json.loads((RECORDS / f"{name}.json").read_text())
