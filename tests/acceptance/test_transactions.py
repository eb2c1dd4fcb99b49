"""Progress is seen while the task's own transaction is open, and stays when that rolls back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, database_urls, service_url
from tests.tracing import tracing


@pytest.mark.parametrize("url", database_urls())
def test_progress_is_seen_inside_a_transaction_and_kept_after_its_rollback(
    url: str, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    site = make_site(url, FOLDER_BROKER_URL if url == SQLITE_URL else service_url("redis"), **tracing(url))
    site.start_worker("solo")
    seen = site.run("seen_inside_transaction", str(tmp_path))
    assert seen["undone"]
    assert seen["inside"]["state"] == "STARTED"
    assert [step["state"] for step in seen["inside"]["steps"]] == ["STARTED"]
    assert seen["after"]["state"] == "SUCCESS"
    assert [message["text"] for message in seen["after"]["messages"]] == ["said inside the transaction"]
