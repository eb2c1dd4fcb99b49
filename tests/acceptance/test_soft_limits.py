"""A soft time limit reaches the author's code, wherever it strikes."""

import os
from collections.abc import Callable

import pytest

from tests.acceptance.site import Site
from tests.services import service_url

COUNT = 200 if os.environ.get("ACCEPTANCE") == "full" else 24
CONCURRENCY = 6

# Without a tracer, which takes a lock at each line, and keeps it when the signal hits it there.
pytestmark = pytest.mark.alone


@pytest.mark.needs("postgres")
@pytest.mark.needs("redis")
def test_every_tight_loop_hears_of_its_soft_time_limit(make_site: Callable[..., Site]) -> None:
    site = make_site(service_url("postgres"), service_url("redis"))
    site.start_worker("prefork", concurrency=CONCURRENCY)
    # A loop of apply_async() is no measure: there Celery itself, without the app, loses 1 limit in 100.
    # What its signals would swallow in our receivers is tested beside them.
    assert site.run("outcomes_of_soft_limits", COUNT, CONCURRENCY) == {"raised": COUNT}
