"""What the pages "coming from" say: their tasks are run, and their words are compared with the code."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from celery_progress import urls as their_urls

from progress_updater import states
from progress_updater.compat import celery_progress_urls, flower
from progress_updater.compat.celery_progress import task_answer
from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.writing.channels import flush
from tests.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.django_db(databases="__all__")

FOLDER = ROOT / "docs/howto"
CELERY_PROGRESS = FOLDER / "coming-from-celery-progress.md"
FLOWER = FOLDER / "coming-from-flower.md"
RESULTS = FOLDER / "coming-from-django-celery-results.md"
PROGRESSUPDATER = FOLDER / "coming-from-progressupdater.md"


@pytest.fixture(autouse=True)
def stored_inline(settings):
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}


def names_of(page: Any, **given: Any) -> dict[str, Any]:
    names = {"__name__": page.stem, **given}
    for block in blocks(page, "python"):
        exec(compile(block.text, str(page), "exec"), names)
    return names


def test_the_pages_are_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in FOLDER.glob("coming-from-*.md") if page.name not in readme] == []


def test_the_tasks_of_the_page_on_celery_progress_are_shown():
    during: list[dict[str, Any]] = []

    def save(row: int) -> None:
        flush()
        log = TaskLog.objects.get(state=states.STARTED)
        during.append(task_answer(log, Audience.OWNER))

    names = names_of(CELERY_PROGRESS, read=lambda path: [1, 2, 3], save=save)
    assert names["import_stock"].apply(args=["orders.csv"]).get() == 3
    assert during[-1]["progress"] == {
        "pending": False, "current": 2, "total": 3, "percent": 66.67, "description": "Saving rows",
    }  # fmt: skip
    during.clear()
    assert names["import_stock_in_steps"].apply(args=["orders.csv"]).get() == 3
    shown = during[-1]["progress"]
    said = f"{shown['current']} of {shown['total']} processed. {shown['description']}"
    assert f'"{said}"' in CELERY_PROGRESS.read_text()
    assert [log.state for log in TaskLog.objects.all()] == [states.SUCCESS] * 2


def test_our_addresses_are_theirs():
    def told(urls: Any) -> list[tuple[str, str | None]]:
        return [(str(each.pattern), each.name) for each in urls.urlpatterns]

    assert (celery_progress_urls.app_name, told(celery_progress_urls)) == (
        their_urls.app_name,
        told(their_urls),
    )


def test_the_page_on_flower_names_the_addresses_and_limits_that_are_there(client):
    page = FLOWER.read_text()
    names: dict[str, Any] = {}
    exec(blocks(FLOWER, "python urls")[0].text, names)
    (mounted,) = names["urlpatterns"]
    there = {f"/flower/{each.pattern}".partition("<")[0] for each in mounted.url_patterns}
    assert there == {found.partition("<")[0] for found in re.findall(r"`GET (/flower/[^`]+)`", page)}
    assert f"A list has {flower.LARGEST_LIMIT:,} tasks at the most" in page
    assert flower.DEFAULT_LIMIT == flower.LARGEST_LIMIT
    parameters = set(map(str, flower.FlowerParameters().fields))
    assert {name for name in parameters if f"`{name}`" not in page} == set()


def their_columns() -> set[str]:
    """Read the columns of TaskResult out of its code: the app is not installed in the site of the tests."""
    spec = find_spec("django_celery_results")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse((Path(spec.origin).parent / "models.py").read_text())
    (model,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "TaskResult")
    return {node.targets[0].id for node in model.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]


def test_the_page_on_django_celery_results_names_columns_that_are_there():
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", RESULTS.read_text(), re.MULTILINE)
    ours = {field.name for field in TaskLog._meta.get_fields()}
    named = [(re.findall(r"`(\w+)`", left), re.findall(r"`(\w+)`", right)) for left, right in rows]
    theirs = {name for left, _ in named for name in left} - {"GroupResult"}
    assert {"task_id", "status", "date_done", "traceback"} <= theirs <= their_columns()
    assert {name for _, right in named for name in right} - ours <= {"failure", "worker"}


def test_the_task_of_the_page_on_progressupdater_has_the_eight_keys():
    from progress_updater import snapshot

    def my_task_2(updater: Any) -> None:
        with updater(task_name="My subtask 1 in my task 2"):
            updater.notify("Some notification related to the task")

    task = names_of(PROGRESSUPDATER, my_task_2=my_task_2)["nightly_report"].apply(task_id="one")
    assert task.state == "SUCCESS"
    detail = snapshot.detail(TaskLog.objects.get(task_uuid="one"), Audience.OWNER)
    page = PROGRESSUPDATER.read_text()
    listed = page[page.index("begins with") : page.index("as before;")]
    assert list(detail)[:8] == re.findall(r"`(\w+)`", listed)
    assert detail["log"].endswith("\tTask Finished - 2 out of 2 jobs finished\n")
