"""Markup in any text comes back as text: in the API, in the admin, in answers for clients of others."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory

from progress_updater.admin import TaskLogsMixin
from progress_updater.models import Process, TaskLog, TaskTree
from progress_updater.querysets import about_key
from tests.admin.conftest import LIST, a_reader, page_of
from tests.api.conftest import address_of
from tests.markup import NOT_FREE, PAYLOADS, Marks, marked_logs, strings_in, text_fields
from tests.rows import ALog

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.compat.all_urls"),
]


NOT_ON_PAGES = {
    "TaskLog.exception_type", "TaskLog.group", "TaskLog.previous", "TaskLog.tree",
    "TaskTree.key", "Message.replace", "Attempt.failure.where", "Step.failure.where",
}  # fmt: skip
"""What the admin does not show."""


NOT_ABOUT_TASKS = {"index", "delete", "history"}
"""Pages that show at most which task it is; nobody may delete one here."""


class Page(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, list[str]]] = []
        self.values: list[str] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def shown(self) -> str:
        return "\n".join([self.text, *self.values])


@pytest.fixture
def mark() -> Marks:
    return Marks(markup=True)


@pytest.fixture
def logs(mark: Marks) -> list[ALog]:
    return marked_logs(mark)


@pytest.fixture
def everyone(db: None) -> Client:
    """Read everything, everywhere, and do everything."""
    client = Client()
    client.force_login(User.objects.create_user("everyone", is_staff=True, is_superuser=True))
    return client


def test_every_column_that_holds_text_carries_markup(mark: Marks, logs: list[ALog]) -> None:
    columns = {name for name, _ in text_fields()}

    assert mark.filled() == columns - NOT_FREE
    assert not NOT_FREE - columns


# ---------------------------------------------------------------- answers that are data


def answers(client: Client, logs: list[ALog]) -> Iterator[Any]:
    for log in logs:
        for part in ("detail", "messages", "steps", "tree"):
            yield client.get(address_of(log.task_uuid, part))
        yield client.get(address_of(log.task_uuid), {"after": 0})
        yield client.get(f"/flower/api/task/info/{log.task_uuid}")
    for address in ("/api/tasklogs/", "/flower/api/tasks", "/flower/api/task/types"):
        yield client.get(address)


def test_json_has_every_text_as_it_is(everyone: Client, mark: Marks, logs: list[ALog]) -> None:
    found: list[str] = []
    for answer in answers(everyone, logs):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        found += strings_in(answer.content)
    missing = {place for place, text in mark.texts.items() if text not in found}
    assert missing == {"TaskLog.exception_type"}


def test_the_type_of_an_exception_whose_text_is_hidden_is_data(
    mark: Marks, logs: list[ALog], settings: Any
) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}
    answer = a_reader("view_tasklog").get(address_of(logs[1].task_uuid))

    assert answer.json()["exception"] == mark.texts["TaskLog.exception_type"]


def test_the_text_is_no_page(everyone: Client, mark: Marks, logs: list[ALog]) -> None:
    answer = everyone.get(address_of(logs[1].task_uuid, "log"))

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for place in ("TaskLog.task_name", "Step.name", "Message.text", "Step.failure.text"):
        assert mark.texts[place] in answer.text


def test_numbers_for_prometheus_are_no_page(everyone: Client, mark: Marks, logs: list[ALog]) -> None:
    answer = everyone.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_celery_progress_gets_data(everyone: Client, mark: Marks, logs: list[ALog]) -> None:
    found: list[str] = []
    for number, log in enumerate(logs):  # its addresses take no other ids
        TaskLog.objects.filter(pk=log.pk).update(task_uuid=f"id-{number}")
        answer = everyone.get(f"/celery-progress/id-{number}/")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        found += strings_in(answer.content)

    assert mark.texts["TaskLog.message"] in found
    assert mark.texts["TaskLog.exception"] in found


def test_an_error_that_repeats_what_was_asked_is_data(
    everyone: Client, mark: Marks, logs: list[ALog]
) -> None:
    for query in ({mark("query"): 1}, {"state": mark("query")}, {"fields": mark("query")}):
        answer = everyone.get("/api/tasklogs/", query)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ---------------------------------------------------------------- pages


class GroupAdmin(TaskLogsMixin, admin.ModelAdmin):
    """An object's own page, with the tasks about it."""


def pages(client: Client, mark: Marks, logs: list[ALog], group: Group) -> Iterator[tuple[str, str]]:
    """Get each page of the admin that shows tasks: its name, and its markup."""
    last = logs[1]
    texts = {name: mark.texts[f"TaskLog.{name}"] for name in ("task_name", "owner", "root", "parent")}
    queries = (
        {}, {"name": texts["task_name"]}, {"owner__exact": texts["owner"]}, {"root__exact": texts["root"]},
        {"about__exact": about_key(group)}, {"q": texts["task_name"]}, {"q": texts["parent"]},
    )  # fmt: skip
    for number, query in enumerate(queries):
        yield f"list {number}", client.get(LIST, query).content.decode()
    for number, log in enumerate(logs):
        yield f"page {number}", client.get(page_of(log)).content.decode()
    yield "attempt", client.get(page_of(last), {"attempt": 1}).content.decode()
    yield "history", client.get(f"{LIST}{last.pk}/history/").content.decode()
    yield "delete", client.get(f"{LIST}{last.pk}/delete/").content.decode()
    yield "index", client.get("/admin/").content.decode()
    for action in ("cancel_selected", "retry_selected"):
        ticked = {"action": action, "_selected_action": [log.pk for log in logs]}
        yield action, client.post(LIST, ticked, follow=True).content.decode()
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="everyone")
    shown: Any = GroupAdmin(Group, admin.site).change_view(request, str(group.pk))
    yield "subject", shown.rendered_content


@pytest.fixture
def group() -> Group:
    return Group.objects.create(name="orders")


@pytest.fixture
def show(everyone: Client, group: Group) -> Callable[..., dict[str, Page]]:
    """Give a function that shows all pages of logs that it makes, and takes these away again."""

    def show(mark: Marks) -> dict[str, Page]:
        logs = marked_logs(mark, about=about_key(group))
        found = {name: Page(markup) for name, markup in pages(everyone, mark, logs, group)}
        for model in (TaskLog, TaskTree, Process):
            model.objects.all().delete()
        return found

    return show


def test_markup_makes_no_element_and_no_attribute_on_any_page(show: Callable[..., dict[str, Page]]) -> None:
    mark = Marks(markup=True)
    plain, marked = show(Marks(markup=False)), show(mark)

    for name, page in marked.items():
        assert page.elements == plain[name].elements, name
        assert not any(value.strip().lower().startswith("javascript:") for value in page.values), name
    shown = "\n".join(page.shown for page in marked.values())
    assert {place for place in mark.texts if mark.marker(place) not in shown} == NOT_ON_PAGES


def test_every_page_of_the_admin_shows_texts_of_the_tasks(show: Callable[..., dict[str, Page]]) -> None:
    mark = Marks(markup=True)

    for name, page in show(mark).items():
        assert name in NOT_ABOUT_TASKS - {"history"} or mark.texts["TaskLog.task_name"] in page.shown, name


def test_markup_in_the_name_of_an_owner_is_text(
    everyone: Client, show: Callable[..., dict[str, Page]]
) -> None:
    name = f"owner-{PAYLOADS[1]}"
    owner = User.objects.create_user(name)
    mark = Marks(markup=True)
    mark.texts["TaskLog.owner"] = str(owner.pk)

    shown = show(mark)
    assert all("onclick" not in names for page in shown.values() for _, names in page.elements)
    assert all(name in shown[page].shown for page in ("list 0", "page 0", "subject"))
