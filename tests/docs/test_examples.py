"""Every example of the documentation runs as it stands there."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from progress_updater import TaskUpdater, __version__
from progress_updater.checks.values import DEFAULTS
from progress_updater.models import TaskLog
from progress_updater.recording.guard import guard
from progress_updater.settings import Settings, current
from progress_updater.states import is_finished
from tests.docs.markdown import PAGES, ROOT, Block, blocks

pytestmark = pytest.mark.django_db(databases="__all__")

EXAMPLES = [page for page in PAGES if blocks(page, "python")]
SETTINGS = [block for page in PAGES for block in blocks(page, "python settings")]
URLS = [block for page in PAGES for block in blocks(page, "python urls")]


def _name(item: Path | Block) -> str:
    page = item.page if isinstance(item, Block) else item
    return str(page.relative_to(ROOT)) + (f":{item.line}" if isinstance(item, Block) else "")


@pytest.fixture
def stored_inline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Store what the examples record, so that a broken one cannot hide."""
    monkeypatch.setattr(guard, "loud", True)
    with override_settings(PROGRESS_UPDATER={"SINK": "inline", "DATABASE": current().DATABASE}):
        yield


def _run(block: Block, names: dict[str, Any]) -> None:
    code = compile("\n" * block.line + block.text, str(block.page), "exec")
    exec(code, names)


@pytest.mark.parametrize("page", EXAMPLES, ids=_name)
def test_the_examples_of_a_page_run_in_order(page: Path, stored_inline: None) -> None:
    names: dict[str, Any] = {
        "read": lambda path: [1, 2, 3],
        "save": lambda row: None,
        "my_task_2": lambda updater: None,
        "__name__": "example",
    }
    with TaskUpdater(task_name=_name(page)) as updater:
        for block in blocks(page, "python"):
            _run(block, names)
    assert is_finished(TaskLog.objects.get(task_uuid=updater.task_uuid).state)


@pytest.mark.parametrize("block", SETTINGS, ids=_name)
def test_settings_in_the_documentation_are_settings_that_exist(block: Block) -> None:
    names: dict[str, Any] = {"BASE_DIR": Path("/srv")}
    _run(block, names)
    known = {field.name for field in fields(Settings)}
    assert set(names.get("PROGRESS_UPDATER", {})) <= known


@pytest.mark.parametrize("block", URLS, ids=_name)
def test_url_configurations_in_the_documentation_can_be_included(block: Block) -> None:
    names: dict[str, Any] = {}
    _run(block, names)
    assert names["urlpatterns"]


def test_the_readme_shows_every_setting_with_its_default() -> None:
    names: dict[str, Any] = {}
    shown = next(
        block for block in SETTINGS if block.page.name == "README.md" and "FLUSH_DEADLINE" in block.text
    )
    _run(shown, names)
    assert names["PROGRESS_UPDATER"] == DEFAULTS


def test_the_reference_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text()
    for name, value in DEFAULTS.items():
        default = repr(value) if value is None or isinstance(value, (bool, tuple)) else json.dumps(value)
        assert f"| {name} | `{default}` |" in page


def test_every_link_inside_the_documentation_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in _links(page.read_text())
        if not (page.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def _links(text: str) -> list[str]:
    found = [piece.partition(")")[0] for piece in text.split("](")[1:]]
    return [link for link in found if "://" not in link and not link.startswith("#")]


def test_json_in_the_documentation_is_json() -> None:
    for page in PAGES:
        for block in blocks(page, "json"):
            assert json.loads(textwrap.dedent(block.text))


def test_versions_in_the_documentation_are_the_versions_of_the_package() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()
