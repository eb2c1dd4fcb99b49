"""Flower's search, on each database."""

import pytest

from progress_updater import states
from progress_updater.compat.flower_search import SearchError, is_named, search
from progress_updater.models import TaskLog
from tests.databases import database, migrated, pytest_generate_tests  # noqa: F401 (fixtures and hooks)
from tests.rows import a_log

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shop(database: None) -> None:  # noqa: F811 (the fixture)
    a_log(
        "label", task_uuid="Import-1", celery_name="shop.Import", args=["Orders.csv"], kwargs={"mode": "Fast"}
    )
    a_log("Label", task_uuid="export-2", kwargs={"mode": "slow", "level": 3}, result={"rows": 412})
    a_log("label", task_uuid="lost-3", started=False, state=states.LOST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import", {"Import-1"}),
        ("EXPORT", {"export-2"}),
        ("name:LABEL", {"export-2", "lost-3"}),
        ("state:failure", {"lost-3"}),
        ("worker:CELERY@", {"Import-1", "export-2"}),
        ("args:orders", {"Import-1"}),
        ("kwargs:mode=fast OR result:412", {"Import-1", "export-2"}),
        ("kwargs:level=3", {"export-2"}),
        ("(import OR export) slow", {"export-2"}),
        ("kwargs:FAST", {"Import-1"}),
        ("%%%", set()),
        ("kwargs:a'b=c", set()),
        ("", {"Import-1", "export-2", "lost-3"}),
    ],
)
def test_a_search_finds_in_whatever_case(shop: None, text: str, expected: set[str]) -> None:
    found = TaskLog.objects.filter(search(text))
    assert {log.task_uuid for log in found} == expected


@pytest.mark.parametrize("name", ["3000000000", "0", "-1", "1_0", "\u0663"])
def test_an_argument_named_by_a_number_is_refused(name: str) -> None:
    with pytest.raises(SearchError, match="number"):
        search(f"kwargs:{name}=x")


def test_a_whole_name_is_found_in_whatever_case(shop: None) -> None:
    assert [log.task_uuid for log in TaskLog.objects.filter(is_named("SHOP.import"))] == ["Import-1"]
    assert not TaskLog.objects.filter(is_named("shop")).exists()


def test_no_text_takes_long_to_understand() -> None:
    for text in ('\\"' * 1_000 + '"', "\\" * 2_000, 'a"' * 1_001, '"' + "\\\\" * 1_000):
        with pytest.raises(ValueError):
            search(text + " (")
