"""However a worker or its processes are stopped: each task ends as Celery says, with all it has said."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import STOP_WITHIN, Site, open_site
from tests.acceptance.talks import POOL, SITES, Talk, stop_warmly, urls_of
from tests.acceptance.test_load import UNTRACED
from tests.waiting import wait_until

LIMIT = 3  # seconds; on a busy machine a task may begin late
SOON = 8  # seconds; Celery says no sooner than after ten that a process has died


@pytest.fixture(scope="module", params=SITES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site"), *urls_of(request.param), **UNTRACED) as made:
        yield made


def test_tasks_outlive_the_scaling_and_the_restart_of_their_pool_and_a_warm_shutdown_waits_for_them(
    site: Site, tmp_path: Path
) -> None:
    # With a broker in a folder billiard kills the worker if its supervisor looks at the pool while the
    # autoscaler adds a process (KeyError(None) in _join_exited_workers): both do so in their own threads.
    scaling = [f"--autoscale={POOL},1"] if "DATABASE_URL" in site.environment else []
    worker = site.start_worker("prefork", *scaling, concurrency=1 if scaling else POOL)
    scaled = Talk(site, tmp_path / "scaled")
    assert len(set(scaled.pids.values())) == POOL

    before = set(site.run("pool_processes"))
    site.run("restart_pool")
    scaled.release()
    assert scaled.faults() == []
    # With the broker in a folder, a process that waits for a task does not hear of the restart.
    wait_until(lambda: set(site.run("pool_processes")) - before, what="new processes")

    last = Talk(site, tmp_path / "last", 2)
    stop_warmly(site, worker, last)
    assert last.faults() == []
    assert site.journals() == []


def test_processes_that_leave_after_a_task_leave_nothing_behind(site: Site, tmp_path: Path) -> None:
    limit = "memory" if "DATABASE_URL" in site.environment else "tasks"
    worker = site.start_worker("prefork", f"--max-{limit}-per-child=1", concurrency=POOL)
    talks = []
    for number in range(2):
        talks.append(Talk(site, tmp_path / f"{number}"))
        talks[-1].release()
        assert talks[-1].faults() == []
    assert not set(talks[0].pids.values()) & set(talks[1].pids.values())
    last = Talk(site, tmp_path / "last", 1)
    stop_warmly(site, worker, last)
    assert last.faults() == []
    assert site.journals() == []


def _has_ended(site: Site, talk: Talk) -> bool:
    return all(site.run("record_now", task_id)["finished"] for task_id in talk.pids)


def test_time_limits_signals_and_a_cold_shutdown_end_tasks_as_celery_says(site: Site, tmp_path: Path) -> None:
    worker = site.start_worker("prefork", concurrency=POOL)
    terminated = Talk(site, tmp_path / "terminated", 1)
    soft, hard = (
        Talk(site, tmp_path / "soft", 1, soft_time_limit=LIMIT),
        Talk(site, tmp_path / "hard", 1, time_limit=LIMIT),
    )
    for pid in terminated.pids.values():
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: _has_ended(site, terminated), SOON, "the record to end before Celery says it")
    assert soft.faults("FAILURE", r"^SoftTimeLimitExceeded\(\)") == []
    assert hard.faults("FAILURE", rf"^TimeLimitExceeded\({LIMIT},?\)") == []
    assert terminated.faults("FAILURE", "^Worker exited prematurely: ") == []

    cancelled = Talk(site, tmp_path / "cancelled", 2)
    worker.send_signal(signal.SIGQUIT)
    assert worker.wait(STOP_WITHIN) == 0
    site.run("recover")
    assert cancelled.faults("RETRY", "^The worker was stopped at once and cancelled the task") == []
    assert site.journals() == []
