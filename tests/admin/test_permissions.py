"""Who may look at task logs in the admin, and that nobody may write there."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from progress_updater.models import TaskLog
from tests.admin.conftest import LIST, a_reader, page_of
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize("permission", ["view_tasklog", "view_tasklog_details"])
def test_each_permission_to_see_all_tasks_opens_the_list_and_the_page(permission: str) -> None:
    client = a_reader(permission)
    assert client.get(LIST).status_code == 200
    assert client.get(page_of(a_log())).status_code == 200


def test_staff_without_permission_sees_nothing() -> None:
    client = a_reader("view_group")
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(a_log())).status_code == 403
    assert "Task logs" not in client.get("/admin/").content.decode()


def test_an_owner_without_permission_sees_nothing_here() -> None:
    client = a_reader()
    own = a_log(owner=str(User.objects.get().pk))
    assert client.get(page_of(own)).status_code == 403


def test_the_index_leads_a_reader_to_the_list(viewer: Client) -> None:
    assert f'href="{LIST}"' in viewer.get("/admin/").content.decode()


@pytest.mark.parametrize("address", ["add/", "{pk}/delete/"])
def test_nobody_adds_or_deletes(admin_client: Client, address: str) -> None:
    url = LIST + address.format(pk=a_log().pk)
    assert admin_client.get(url).status_code == 403
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    assert TaskLog.objects.count() == 1


def test_nobody_changes(admin_client: Client) -> None:
    log = a_log("TEST")
    assert admin_client.post(page_of(log), {"task_name": "other"}).status_code == 405
    assert (
        admin_client.post(LIST, {"action": "delete_selected", "_selected_action": log.pk}).status_code != 500
    )
    assert log.row.task_name == "TEST"


@pytest.mark.parametrize(
    "query",
    [
        "result__icontains=a",
        "kwargs__password__startswith=a",
        "exception__startswith=Val",
        "task_name__regex=(",
        "owner__startswith=1",
        "created__regex=(",
    ],
)
def test_no_column_can_be_guessed_through_the_address(viewer: Client, query: str) -> None:
    a_log()
    assert viewer.get(f"{LIST}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "status=1&state=SUCCESS&name=TEST&q=a",
        "created__year=2026&created__month=1&created__day=2",
        "created__gte=2026-01-01 00:00%2B00:00&created__lt=2026-01-02 00:00%2B00:00",
        "about__exact=auth.user:1",
    ],
)
def test_what_the_page_offers_can_be_asked_for(viewer: Client, query: str) -> None:
    assert viewer.get(f"{LIST}?{query}").status_code == 200


def test_the_admin_says_so_itself(rf: pytest.FixtureRequest) -> None:
    model_admin = admin.site.get_model_admin(TaskLog)
    request = rf.get(LIST)
    request.user = User(is_superuser=True, is_staff=True, pk=1)
    assert model_admin.get_model_perms(request) == {
        "add": False,
        "change": False,
        "delete": False,
        "view": True,
    }
