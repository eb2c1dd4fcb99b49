"""The script of celery-progress, as its package has it, shows our tasks: what a user sees in each state."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from progress_updater import states
from progress_updater.models import TaskLog
from tests.rows import SECOND, ALog, a_failure, a_log

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.urls("tests.browser.celery_progress_site"),
]

GREEN, RED, BLUE, GREY = "rgb(118, 206, 96)", "rgb(220, 79, 99)", "rgb(104, 169, 239)", "rgb(122, 122, 122)"

Open = Callable[..., Page]


class Bar:
    """The bar that a user sees, and the words under it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def bar(self) -> Locator:
        return self.page.locator("#progress-bar")

    def shows(self, text: str, *, color: str = BLUE, width: str) -> None:
        """Wait until it looks so."""
        message = self.page.locator("#progress-bar-message")
        expect(message).to_have_text(text, use_inner_text=False)
        expect(self.bar).to_have_css("background-color", color)
        # The page may have asked between two changes of a test: the same words, not yet the same width.
        expect(self.bar).to_have_attribute("style", re.compile(rf"width: {re.escape(width)}"))


@pytest.fixture
def bar_of(open_page: Open) -> Callable[..., Bar]:
    """Give a function that opens the page of a task, or of a group, as a reader of everything."""

    def show(key: ALog | str, kind: str = "task", query: str = "") -> Bar:
        name = key if isinstance(key, str) else key.task_uuid
        return Bar(open_page(f"/page/{kind}/{name}/{query}", is_superuser=True))

    return show


def test_a_task_from_its_sending_to_its_success(bar_of):
    log = a_log(started=False)
    bar = bar_of(log)
    bar.shows("Waiting for task to start...", width="0%")
    log.attempt()
    bar.shows("Task started...", width="0%")
    log.set(custom_state="PROGRESS", current=1, total=3, percent=33.33, message="Reading")
    bar.shows("1 of 3 processed. Reading", width="33.33%")
    log.set(current=2, percent=66.67, message="Saving")
    bar.shows("2 of 3 processed. Saving", width="66.67%")
    log.finish(result=45, result_kept=True)
    bar.shows("Success! 45", color=GREEN, width="100%")


def test_a_task_whose_row_is_not_there_yet(bar_of):
    bar = bar_of("not-there-yet")
    bar.shows("Waiting for task to start...", width="0%")
    log = a_log(task_uuid="not-there-yet").finish()
    bar.shows("Success! ", color=GREEN, width="100%")
    assert log.task_uuid == "not-there-yet"


def test_a_task_with_steps(bar_of):
    log = a_log()
    bar = bar_of(log)
    first, second = log.plan("Read file"), log.plan("Save rows")
    log.begin(first)
    log.set(current=0, total=2, percent=0, unit="steps")
    bar.shows("1 of 2 processed. Read file", width="0%")
    log.close(first)
    log.begin(second)
    log.set(current=1, percent=50)
    bar.shows("1 of 2 processed. Save rows", width="50%")


def test_the_result_has_a_place_of_its_own(bar_of):
    log = a_log()
    bar = bar_of(log, query="?result")
    log.finish(result="report.pdf", result_kept=True)
    bar.shows("Success! ", color=GREEN, width="100%")
    expect(bar.page.locator("#celery-result")).to_have_text("report.pdf")


def test_a_task_that_fails(bar_of):
    log = a_log()
    bar = bar_of(log)
    log.finish(states.FAILURE, a_failure(None))
    bar.shows("Uh-Oh, something went wrong! division by zero", color=RED, width="100%")


def test_markup_in_an_exception_is_text(bar_of):
    text = "<img src=x onerror=\"document.title = 'run'\">"
    log = a_log()
    bar = bar_of(log)
    log.finish(states.FAILURE, a_failure(None, text))
    bar.shows(f"Uh-Oh, something went wrong! {text}", color=RED, width="100%")
    expect(bar.page).to_have_title("A page of a project")


def test_a_task_that_is_lost_has_failed(bar_of):
    log = a_log()
    bar = bar_of(log)
    log.finish(states.LOST, a_failure(None, "The worker process 7 on host a died."))
    bar.shows("Uh-Oh, something went wrong! The worker process 7 on host a died.", color=RED, width="100%")


def test_a_task_that_is_tried_again_until_it_succeeds(bar_of):
    log = a_log()
    bar = bar_of(log)
    log.end_attempt(states.RETRY, a_failure(None, "boom", "ValueError"))
    log.set(state=states.RETRY, eta=log.at + 10 * SECOND)
    bar.shows("Retrying after 10s: boom...", color=RED, width="100%")
    log.attempt()
    bar.shows("Task started...", width="0%")
    log.finish()
    bar.shows("Success! ", color=GREEN, width="100%")


@pytest.mark.parametrize(
    ("stored", "shown"), [("revoked", "revoked"), ("terminated (15)", "terminated"), ("expired", "expired")]
)
def test_a_task_that_is_revoked(bar_of, stored, shown):
    log = a_log(started=False)
    bar = bar_of(log)
    log.finish(states.REVOKED, exception=stored)
    bar.shows(f"Uh-Oh, something went wrong! Task {shown}", color=RED, width="100%")


def test_a_task_that_is_ignored(bar_of):
    log = a_log()
    bar = bar_of(log)
    log.finish(states.IGNORED)
    bar.shows("Task result ignored!", color=GREY, width="100%")


def test_a_task_with_a_state_of_its_own(bar_of):
    log = a_log()
    bar = bar_of(log)
    log.set(custom_state="GOING_TO_SLEEP", current=3, total=4, percent=75, message="Yawning")
    bar.shows("3 of 4 processed. Yawning", width="75%")


def test_a_group(bar_of):
    first, second = a_log(group="the-group"), a_log(group="the-group", started=False)
    bar = bar_of("the-group", "group")
    bar.shows("Task started...", width="0%")
    first.set(current=9_000, total=10_000, percent=90)
    bar.shows("90 of 200 processed. ", width="45%")
    first.finish()
    bar.shows("100 of 200 processed. ", width="50%")
    second.attempt()
    second.end_attempt(states.RETRY, a_failure(None))
    second.set(state=states.RETRY)
    second.attempt()
    second.finish()
    bar.shows("Success! ", color=GREEN, width="100%")


def test_a_group_with_a_member_that_fails(bar_of):
    first, second = a_log(group="the-group"), a_log(group="the-group")
    bar = bar_of("the-group", "group")
    first.finish()
    second.finish(states.FAILURE, a_failure(None))
    bar.shows("Uh-Oh, something went wrong! ", color=RED, width="100%")


def test_somebody_elses_task_waits_for_ever(open_page):
    log = a_log(owner="somebody").finish(result=45)
    page = open_page(f"/page/task/{log.task_uuid}/")
    bar = Bar(page)
    bar.shows("Waiting for task to start...", width="0%")
    TaskLog.objects.filter(pk=log.pk).update(owner=None)
    with page.expect_response("**/celery-progress/**") as answer:
        pass
    assert answer.value.json()["state"] == "PENDING"
    bar.shows("Waiting for task to start...", width="0%")
