"""Markup in the texts of a task runs nothing in the admin, also not when a page fetches itself again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, expect

from tests.admin.conftest import LIST, page_of
from tests.markup import Marks, marked_logs
from tests.rows import ALog

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

Open = Callable[..., Page]


class Watched:
    """A page of the admin, and whatever happens on it that text must not bring about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.happened: list[str] = []
        page.on("dialog", self._dismiss)
        page.on("console", self._printed)
        page.on("request", lambda request: self._asked(request.url))
        self.home = page.url.partition("/admin/")[0]
        page.goto(address)

    def _dismiss(self, dialog: Dialog) -> None:
        self.happened.append("dialog")
        dialog.dismiss()

    def _printed(self, line: ConsoleMessage) -> None:
        if not line.location["url"].endswith("/favicon.ico"):  # which the site does not have
            self.happened.append(f"{line.type}: {line.text}")

    def _asked(self, url: str) -> None:
        known = (f"{self.home}/admin/", f"{self.home}/static/")
        if not url.startswith(known):
            self.happened.append(url)

    def nothing_happened(self) -> None:
        assert self.page.evaluate("window.ran") is None
        assert self.page.locator("#pu-live :is(script, img, svg[onload], [onclick], [onerror])").count() == 0
        assert self.happened == []


@pytest.fixture
def mark() -> Marks:
    return Marks(markup=True)


@pytest.fixture
def logs(transactional_db: None, mark: Marks) -> list[ALog]:
    return marked_logs(mark)


@pytest.fixture
def look(open_page: Open, logs: list[ALog]) -> Callable[[str], Watched]:
    """Give a function that opens a page of the admin."""
    return lambda address: Watched(open_page("/admin/", is_staff=True, is_superuser=True), address)


def fetched_again(watched: Watched) -> None:
    """Wait until the page has shown itself anew."""
    watched.page.evaluate("document.getElementById('pu-live').dataset.old = 'yes'")
    expect(watched.page.locator("#pu-live[data-old]")).to_have_count(0)


def test_the_list_shows_it_as_text(look: Callable[[str], Watched], mark: Marks) -> None:
    watched = look(LIST)
    name = watched.page.locator("#result_list tbody th").first

    expect(name).to_contain_text(mark.texts["TaskLog.task_name"])
    fetched_again(watched)
    expect(name).to_contain_text(mark.texts["TaskLog.task_name"])
    watched.nothing_happened()


def test_the_page_of_a_running_task_shows_it_as_text(
    look: Callable[[str], Watched], mark: Marks, logs: list[ALog]
) -> None:
    watched = look(page_of(logs[0]))
    fetched_again(watched)
    watched.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    for place in ("TaskLog.task_uuid", "Step.name", "Message.text", "Attempt.stalled.file", "Process.host"):
        expect(watched.page.locator("#pu-live")).to_contain_text(mark.texts[place], use_inner_text=False)
    watched.nothing_happened()


def test_the_page_of_a_failed_task_shows_it_as_text(
    look: Callable[[str], Watched], mark: Marks, logs: list[ALog]
) -> None:
    watched = look(page_of(logs[1]))

    for place in ("Attempt.failure.text", "Attempt.failure.traceback", "Step.failure.text"):
        expect(watched.page.locator("#pu-live")).to_contain_text(mark.texts[place], use_inner_text=False)
    watched.nothing_happened()
