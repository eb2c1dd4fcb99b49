"""A real browser at the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.services import service_url

SEEN_WITHIN = 30  # seconds: on a busy machine a page may be slow
OPTIONS = (
    "--no-sandbox",  # it may run as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=SEEN_WITHIN * 1_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs the browser where there is none."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.needs("chromium"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser."""
    # Its event loop runs in this thread, where Django would refuse to ask the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=service_url("chromium"), args=list(OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Callable[..., Page]]:
    """Give a function that opens an address as a new user with permissions; no page may have an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_as_somebody(address: str, *permissions: str, **columns: Any) -> Page:
        users = get_user_model().objects
        user = users.create_user(f"user-{users.count()}", **columns)
        user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = browser.new_context(base_url=live_server.url)
        contexts.append(context)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield open_as_somebody
    for context in contexts:
        context.close()
    assert errors == []
