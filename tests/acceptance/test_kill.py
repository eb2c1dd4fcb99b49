"""A process of the pool is killed at a random moment: what its task had said is all there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, database_urls, service_url
from tests.tracing import tracing

COUNT = 200 if os.environ.get("ACCEPTANCE") == "full" else 4
SEED = 2_026
# A busy machine is slow; but who waits for the silence of a process waits for LOST_AFTER, 30 seconds.
NOTICED_WITHIN = 3 if COUNT == 200 else 20  # seconds


@pytest.mark.parametrize("url", database_urls())
def test_a_killed_process_leaves_all_that_its_task_has_said(
    make_site: Callable[..., Site], tmp_path: Path, url: str
) -> None:
    site = make_site(url, FOLDER_BROKER_URL if url == SQLITE_URL else service_url("redis"), **tracing(url))
    site.start_worker(concurrency=4)
    answer = site.run("kill_children", str(tmp_path), COUNT, SEED)
    assert answer["wrong"] == [], site.logs()
    assert sorted(answer["took"])[COUNT // 2] < NOTICED_WITHIN
