"""What the page on anonymous readers says: its view is called, its address followed, its words compared."""

import re
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from celery import shared_task
from django.test import Client

from progress_updater import wording
from progress_updater.api.tokens import HEADER
from progress_updater.settings import Settings
from progress_updater.tokens import token_for
from tests.docs.markdown import ROOT, blocks
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

PAGE = ROOT / "docs/howto/anonymous-readers.md"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Run the examples of the page with a task that is sent, and is recorded by the test."""

    @shared_task(name="docs.export_orders", progress_record=False)
    def export_orders(year: str) -> None: ...

    names: dict[str, Any] = {"__name__": PAGE.stem, "export_orders": export_orders}
    for block in blocks(PAGE, "python"):
        exec(compile(block.text, str(PAGE), "exec"), names)
    return names


def test_its_address_shows_the_task_to_a_visitor_once_it_is_recorded(names: dict[str, Any]) -> None:
    answer = names["start_export"](SimpleNamespace())
    address = orjson.loads(answer.content)["progress"]
    visitor = Client()
    assert (answer.status_code, visitor.get(address).status_code) == (202, 404)

    task_id = address.split("/")[-2]
    a_log("Export", task_uuid=task_id)
    assert visitor.get(address).json()["task_name"] == "Export"
    plain, _, token = address.partition("?token=")
    assert visitor.get(plain).status_code == 401
    assert visitor.get(plain, headers={HEADER: token}).status_code == 200


def test_its_own_check_tells_the_task_or_what_is_wrong(names: dict[str, Any]) -> None:
    assert names["task_of_visitor"](token_for("a-task")) == "a-task"
    assert names["task_of_visitor"]("nonsense") == "token_invalid"


def test_its_setting_header_and_codes_are_those_of_the_code(names: dict[str, Any]) -> None:
    text = PAGE.read_text()
    assert Settings(**names["PROGRESS_UPDATER"]).TOKEN_AGE == 3600
    assert Settings().TOKEN_AGE == 24 * 60 * 60
    assert f"`{HEADER}`" in text
    told = set(re.findall(r"^\| 401 \| `(\w+)`", text, re.MULTILINE))
    assert told == set(wording.BAD_TOKENS)
