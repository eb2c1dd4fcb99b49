"""The smaller edition of `make bench-lists`: what is asked takes no longer with more tasks."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from progress_updater.models import Message, Step, TaskLog
from tests.benchmarks.lists.filling import MESSAGES, STEPS, UNFINISHED
from tests.benchmarks.lists.measuring import FEW, compared, filled
from tests.benchmarks.lists.requests import all_requests
from tests.databases import uses
from tests.services import service_url

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.needs("postgres")]

MANY = 20_000
TURNS = 3
MARGIN = 2.0
"""By which factor a ratio may be missed: little is measured, and other programs may run."""


@pytest.fixture(scope="module")
def aliases(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[dict[int, str]]:
    """Fill two databases; after django_db_setup, which would take them for the project's own."""
    folder: Path = tmp_path_factory.mktemp("lists")
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        yield {
            rows: stack.enter_context(filled(service_url("postgres"), rows, folder)) for rows in (FEW, MANY)
        }


def test_no_request_takes_much_longer_with_more_tasks(aliases: dict[int, str]) -> None:
    rows = compared(all_requests(), aliases, TURNS)
    lost = [f"{row.what}: {row.ours} beside {row.theirs}" for row in rows if not row.reached(MARGIN)]
    assert lost == []


def test_the_tables_hold_what_the_page_says(aliases: dict[int, str]) -> None:
    with uses(aliases[FEW]):
        begun = FEW - TaskLog.objects.filter(state="PENDING").count()
        assert TaskLog.objects.count() == FEW
        assert TaskLog.objects.unfinished().count() == UNFINISHED
        assert Message.objects.count() == begun * MESSAGES
        assert Step.objects.count() == begun * STEPS
        rare = [
            {"owner": "rare"},
            {"name": "rare"},
            {"tag": ["rare"]},
            {"about": "rare"},
            {"state": ["LOST"]},
        ]
        assert [TaskLog.objects.matching(**asked).count() for asked in rare] == [3] * len(rare)
