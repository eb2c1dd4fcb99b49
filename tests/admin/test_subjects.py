"""An object's own page shows the tasks about it."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory

from progress_updater import states
from progress_updater.admin import TaskLogsMixin
from progress_updater.querysets import about_key
from tests.admin.conftest import LIST, names
from tests.rows import BEGIN, a_log

pytestmark = pytest.mark.django_db(databases="__all__")


class GroupAdmin(TaskLogsMixin, admin.ModelAdmin):
    """Says nothing of its fields."""

    exclude = ("permissions",)


class ArrangedAdmin(TaskLogsMixin, admin.ModelAdmin):
    """Arranges its fields, and has a read-only one and a style of its own."""

    fieldsets = [("Names", {"fields": [("name", "size")]})]
    readonly_fields = ("size",)

    class Media:
        css = {"all": ["own.css"]}

    def size(self, group: Group) -> int:
        return group.user_set.count()


@pytest.fixture
def group() -> Group:
    return Group.objects.create(name="orders")


@pytest.fixture(params=[GroupAdmin, ArrangedAdmin])
def model_admin(request: pytest.FixtureRequest) -> Any:
    return request.param(Group, admin.site)


@pytest.fixture
def page_for(model_admin: Any, group: Group) -> Callable[..., str]:
    """Return a function that gives the group's page as a member of the staff sees it."""

    def page_for(*permissions: str, add: bool = False) -> str:
        request = RequestFactory().get("/")
        request.user = _staff(*permissions)
        seen = model_admin.add_view(request) if add else model_admin.change_view(request, str(group.pk))
        return unescape(seen.rendered_content)

    return page_for


def _staff(*permissions: str) -> User:
    user = User.objects.create_user("staff", is_staff=True)
    wanted = ("view_group", "change_group", "add_group", *permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user


def test_a_line_tells_name_state_progress_and_owner(page_for: Callable[..., str], group: Group) -> None:
    ines = User.objects.create_user("ines")
    log = a_log("Import", about=about_key(group), owner=str(ines.pk), current=412, total=1000, unit="rows")
    log.finish(states.FAILURE)
    page = page_for("view_tasklog")
    assert f'<a href="{LIST}{log.pk}/change/">Import</a>' in page
    assert '<span class="pu-state pu-failure">Failure</span>' in page
    assert "412 of 1,000 rows" in page
    assert "<td>ines</td>" in page
    assert "progress_updater/admin.css" in page
    assert page.count("pu-subject") == 1


def test_the_newest_come_first_and_others_are_behind_a_link(
    page_for: Callable[..., str], group: Group, viewer: Client
) -> None:
    for number in range(21):
        created = BEGIN + timedelta(hours=number)
        a_log(f"task {number:02}", about=about_key(group), started=False, created=created)
    a_log("of another", about="auth.group:0", started=False)
    page = page_for("view_tasklog_details")
    assert page.index("task 20") < page.index("task 01")
    assert "task 00" not in page
    assert "of another" not in page
    assert "The newest 20 are shown." in page
    link = f"{LIST}?about__exact=auth.group%3A{group.pk}"
    assert f'href="{link}"' in page
    assert names(viewer.get(link)) == [f"task {number:02}" for number in range(20, -1, -1)]


def test_who_may_not_see_all_tasks_sees_none_of_it(page_for: Callable[..., str], group: Group) -> None:
    a_log("Import", about=about_key(group))
    page = page_for()
    assert "Import" not in page
    assert "pu-subject" not in page


def test_an_object_without_tasks_says_so(page_for: Callable[..., str]) -> None:
    assert "No tasks here." in page_for("view_tasklog")


def test_the_page_of_an_object_to_come_has_no_tasks(page_for: Callable[..., str]) -> None:
    assert "pu-subject" not in page_for("view_tasklog", add=True)


def test_markup_in_a_name_is_inert(model_admin: Any, group: Group) -> None:
    a_log("<script>alert(1)</script>", about=about_key(group))
    request = RequestFactory().get("/")
    request.user = _staff("view_tasklog")
    page = model_admin.change_view(request, str(group.pk)).rendered_content
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_saving_the_object_works_as_before(model_admin: Any, group: Group) -> None:
    request = RequestFactory().post("/", {"name": "renamed"})
    request.user = _staff("view_tasklog")
    request._dont_enforce_csrf_checks = True
    request._messages = CookieStorage(request)
    assert model_admin.change_view(request, str(group.pk)).status_code == 302
    group.refresh_from_db()
    assert group.name == "renamed"


def test_a_site_without_the_pages_of_tasks_shows_them_without_links(group: Group, settings: Any) -> None:
    a_log("Import", about=about_key(group))
    settings.ROOT_URLCONF = "tests.compat.project_urls"
    request = RequestFactory().get("/")
    request.user = _staff("view_tasklog")
    (tasks,) = GroupAdmin(Group, admin.AdminSite("other")).get_readonly_fields(request, group)
    shown = tasks(group)
    assert "Import" in shown
    assert "<a " not in shown
