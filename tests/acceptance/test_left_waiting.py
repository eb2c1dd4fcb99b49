"""What waits for a task that was lost with its whole worker."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.site import Site, kill_group
from tests.services import service_url

SETTINGS = "tests.acceptance.settings_soon_lost"
IN_VAIN = {"a": "LOST", "b": "SUCCESS", "c": "IGNORED", "d": "IGNORED"}
SAYS = "It waits for “a”, which was lost with its worker; it comes only if that one comes again."

pytestmark = pytest.mark.needs("postgres")


def _kill_a_worker(site: Site, folder: Path, task: str) -> str:
    worker = site.start_worker("prefork", concurrency=2, settings=SETTINGS)
    first: str = site.run("begin_chord", task, str(folder / "started"), str(folder / "release"))
    kill_group(worker)
    return first


@pytest.mark.needs("redis")
def test_it_is_ignored_and_says_why(make_site: Callable[..., Site], tmp_path: Path) -> None:
    broker = service_url("redis")
    site = make_site(service_url("postgres"), broker, CELERY_RESULT_BACKEND=broker)
    first = _kill_a_worker(site, tmp_path, "holds")
    # No worker is left, and nobody reads anything but the tree.
    found = site.run("states_once", first, IN_VAIN)
    assert found["whole"] == {"tasks": 4, "done": 4, "failed": 1, "percent": 100}
    assert found["says"].pop("a").startswith("The worker process")
    assert found["says"] == {"c": SAYS, "d": SAYS}


@pytest.mark.needs("rabbitmq")
@pytest.mark.needs("redis")
def test_it_runs_when_the_lost_task_comes_again(make_site: Callable[..., Site], tmp_path: Path) -> None:
    results = service_url("redis")
    site = make_site(service_url("postgres"), service_url("rabbitmq"), CELERY_RESULT_BACKEND=results)
    first = _kill_a_worker(site, tmp_path, "holds_and_comes_again")
    assert site.run("states_once", first, IN_VAIN)["says"]["d"] == SAYS

    (tmp_path / "release").touch()
    site.start_worker("prefork", concurrency=2, settings=SETTINGS)
    found = site.run("states_once", first, dict.fromkeys("abcd", "SUCCESS"))
    assert found == {"whole": {"tasks": 4, "done": 4, "failed": 0, "percent": 100}, "says": {}}
