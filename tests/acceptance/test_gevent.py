"""What is special where Celery runs tasks in greenlets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.services import service_url

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.needs("redis")]


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    made = make_site(service_url("postgres"), service_url("redis"))
    made.start_worker("gevent", concurrency=20)
    return made


def test_progress_is_seen_while_a_greenlet_computes_and_a_time_limit_ends_the_record(
    site: Site, tmp_path: Path
) -> None:
    assert site.run("seen_while_computing", str(tmp_path)) == "STARTED"

    (task,) = site.run("send_all", [["waits", [str(tmp_path / "x"), "/nowhere"], {"time_limit": 1}]])
    record = site.run("finished_record", task)
    assert record["state"] == "FAILURE"
    assert [step["state"] for step in record["steps"]] == ["FAILURE"]
    assert record["attempts"][0]["end"] is not None
