"""A task behaves the same with and without the app: result, exception, retries, time limits."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.site import Site
from tests.services import SQLITE_URL, service_url
from tests.tracing import UNTRACED

CALLS: list[list[Any]] = [
    ["one_step", [3], {}],
    ["rich", [], {}],
    ["fails", ["plain"], {}],
    ["fails", ["unpicklable"], {}],
    ["gives_up", [], {}],
    ["retried", [3], {}],
    ["replaced", [3], {}],
    ["overruns", [], {"kwargs": {"catches": True}}],
    ["overruns", [], {"kwargs": {"catches": False}}],
    ["waits", ["/dev/null", "/nowhere"], {"time_limit": 1}],
]


@pytest.mark.needs("redis")
def test_a_task_behaves_the_same_with_and_without_the_app(make_site: Callable[..., Site]) -> None:
    with_app, without = (
        _results(make_site(SQLITE_URL, service_url("redis"), **tracer), settings)
        for settings, tracer in (("project.settings", {}), ("tests.acceptance.settings_without", UNTRACED))
    )
    assert with_app == without
    assert [state for state, _ in with_app] == [
        *["SUCCESS"] * 2,
        *["FAILURE"] * 3,
        *["SUCCESS"] * 3,
        *["FAILURE"] * 2,
    ]


def _results(site: Site, settings: str) -> list[list[str]]:
    site.start_worker("prefork", settings=settings, concurrency=4)
    found: list[list[str]] = site.run("results", site.run("send_all", CALLS))
    return found
