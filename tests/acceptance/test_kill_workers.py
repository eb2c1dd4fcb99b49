"""A whole worker is killed at a random moment: another process stores all that its tasks have said."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.cut_off import DIED
from tests.acceptance.site import Site, kill_group
from tests.acceptance.talks import POOL, SITES, Talk, site_with, stop_warmly, urls_of
from tests.acceptance.test_load import UNTRACED

COUNT = 50 if os.environ.get("ACCEPTANCE") == "full" else 2
SEED = 2_027
SOON = 15  # seconds; far less than LOST_AFTER, so it is not for the silence of a process
LATEST = 0.8  # seconds after the first calls at which a worker is killed


def _faults_once_recovered(talk: Talk) -> list[str]:
    recovered = time.monotonic()
    faults = talk.faults("LOST", DIED)
    took = time.monotonic() - recovered
    return faults if took < SOON else [*faults, f"it took {took:.0f} s"]


@pytest.mark.parametrize("servers", SITES)
def test_a_killed_worker_leaves_all_that_its_tasks_have_said(
    make_site: Callable[..., Site], tmp_path: Path, servers: tuple[str, ...]
) -> None:
    site, chance = make_site(*urls_of(servers), **UNTRACED), random.Random(SEED)
    killed = None
    for number in range(COUNT):
        worker = site.start_worker(concurrency=POOL)
        if killed is not None:
            # The start of this worker recovers it.
            assert _faults_once_recovered(killed) == []
        killed = Talk(site, tmp_path / f"{number}")
        time.sleep(chance.uniform(0, LATEST))
        kill_group(worker)
    assert killed is not None
    assert site.journals() != []
    site.run("recover")
    assert _faults_once_recovered(killed) == []
    assert site.journals() == []


WITHOUT_PROCESSES = [
    pytest.param("threads", (), id="threads"),
    pytest.param("gevent", ("postgres", "redis"), id="gevent", marks=site_with("postgres", "redis").marks),
]


@pytest.mark.parametrize(("pool", "servers"), WITHOUT_PROCESSES)
def test_workers_without_child_processes_are_killed_and_stopped_alike(
    make_site: Callable[..., Site], tmp_path: Path, pool: str, servers: tuple[str, ...]
) -> None:
    site = make_site(*urls_of(servers), **UNTRACED)
    worker = site.start_worker(pool, concurrency=POOL)
    killed = Talk(site, tmp_path / "killed")
    kill_group(worker)
    assert site.journals() != []
    worker = site.start_worker(pool, concurrency=POOL)
    assert _faults_once_recovered(killed) == []

    last = Talk(site, tmp_path / "last")
    stop_warmly(site, worker, last)
    assert last.faults() == []
    assert site.journals() == []
