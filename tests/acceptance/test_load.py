"""Many tasks: every record is complete."""

from collections.abc import Callable

import pytest

from tests.acceptance.site import Site
from tests.services import SQLITE_URL, service_url
from tests.tracing import UNTRACED


def _complete(count: int) -> dict[str, int]:
    names = ("logs", "succeeded", "sent", "attempts", "steps", "messages", "different")
    return dict.fromkeys(names, count)


@pytest.mark.needs("postgres")
@pytest.mark.needs("redis")
def test_a_burst_of_2000_tasks_over_two_workers_is_complete(make_site: Callable[..., Site]) -> None:
    site = make_site(service_url("postgres"), service_url("redis"), **UNTRACED)
    for _ in range(2):
        site.start_worker()
    assert site.run("burst", 2_000) == _complete(2_000)


@pytest.mark.needs("redis")
def test_200_children_that_run_one_task_each_leave_200_complete_records(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(SQLITE_URL, service_url("redis"), **UNTRACED)
    # A child takes a second to leave, so many leave at a time.
    site.start_worker("prefork", "--max-tasks-per-child=1", concurrency=32)
    assert site.run("burst", 200) == _complete(200)
