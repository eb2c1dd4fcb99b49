"""Whole canvases on real workers: known from the first message on, only forward, and whole at the end."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.canvas_fates import KINDS
from tests.acceptance.canvases import Canvas, labels_of
from tests.acceptance.site import Site
from tests.services import database_urls, service_url

FULL = os.environ.get("ACCEPTANCE") == "full"
DATABASES = database_urls() if FULL else [url for url in database_urls() if url.id == "postgres"]


@pytest.mark.needs("redis")
@pytest.mark.parametrize("database_url", DATABASES)
def test_canvases_with_redis(make_site: Callable[..., Site], database_url: str) -> None:
    url = service_url("redis")
    _check(make_site(database_url, url, CELERY_RESULT_BACKEND=url))


@pytest.mark.needs("rabbitmq")
@pytest.mark.parametrize("database_url", DATABASES)
def test_canvases_with_rabbitmq(make_site: Callable[..., Site], database_url: str) -> None:
    _check(make_site(database_url, service_url("rabbitmq")))


def _check(site: Site) -> None:
    site.start_worker("prefork", concurrency=3)
    found = {name: how for kind in KINDS for name, how in site.run("follow", kind).items()}
    expected = {name: _expected(canvas) for kind in KINDS.values() for name, canvas in kind.items()}
    odd = sorted(name for name in expected if found[name] != expected[name])
    assert [(name, found[name]) for name in odd] == [(name, expected[name]) for name in odd]


def _expected(canvas: Canvas) -> dict[str, Any]:
    states = labels_of(canvas)
    tasks = sum(map(len, states.values()))
    bad = len(states.get("FAILURE", [])) + len(states.get("REVOKED", []))
    return {"states": states, "whole": [tasks, tasks, 100], "failed": bad, "faults": []}
