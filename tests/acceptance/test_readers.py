"""Readers lose nothing: what they read by deltas is what is stored, each line once, in order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, database_urls, service_url
from tests.tracing import tracing

TASKS = "tests.acceptance.tasks."


@pytest.fixture(params=database_urls())
def site(request: pytest.FixtureRequest, make_site: Callable[..., Site]) -> Site:
    url: str = request.param
    made = make_site(url, FOLDER_BROKER_URL if url == SQLITE_URL else service_url("redis"), **tracing(url))
    for _ in range(2):
        made.start_worker("solo")
    return made


def _read_all(record: dict[str, Any]) -> bool:
    return record["lines_are_equal"] and record["steps_are_equal"] and record["text_has_each_line_once"]


def test_deltas_put_together_are_the_table_across_retries_replacements_and_two_runs_at_once(
    site: Site,
    tmp_path: Path,
) -> None:
    sends = [
        [f"{TASKS}many_lines", 8, 400],
        [f"{TASKS}retried", 300],
        [f"{TASKS}replaced", 300],
    ]
    records = list(site.run("deltas", sends).values())
    assert [record["lines"] for record in records] == [3_200, 900, 900]
    assert [record["state"] for record in records] == ["SUCCESS"] * 3
    assert [record["attempts"] for record in records] == [
        [[1, "SUCCESS"]],
        [[1, "RETRY"], [2, "RETRY"], [3, "SUCCESS"]],
        [[1, "IGNORED"], [2, "SUCCESS"]],
    ]
    assert all(map(_read_all, records)), records

    # Two runs of one id at once, in two workers, are both read whole.
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    (record,) = site.run("deltas", [[f"{TASKS}many_lines", 4, 400, str(meeting)]] * 2, "twice").values()
    assert record["lines"] == 3_200
    assert [number for number, _ in record["attempts"]] == [1, 2]
    assert record["workers"] == 2
    assert record["lines_are_equal"], record
    assert record["steps_are_equal"], record
