"""Who sees what."""

from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission

from progress_updater.policy import Audience, Reader, audience_of, logs_visible_to
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")


def a_user(*permissions, **columns):
    user = get_user_model().objects.create_user(f"user-{get_user_model().objects.count()}", **columns)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    return user


@pytest.mark.parametrize(
    ("permissions", "audience"),
    [
        ([], Audience.OWNER),
        (["view_tasklog"], Audience.VIEWER),
        (["view_tasklog_details"], Audience.DETAILS),
        (["view_tasklog", "view_tasklog_details"], Audience.DETAILS),
    ],
)
def test_the_permissions_decide_for_whom_an_answer_is_made(permissions, audience):
    assert audience_of(a_user(*permissions)) is audience


def test_a_superuser_sees_everything():
    assert audience_of(a_user(is_superuser=True)) is Audience.DETAILS


@pytest.mark.parametrize("somebody", [None, AnonymousUser(), SimpleNamespace(is_authenticated=True, pk=None)])
def test_nobody_sees_nothing(somebody):
    a_log(owner="None")

    assert audience_of(somebody) is None
    assert not logs_visible_to(somebody).exists()


def test_an_inactive_user_sees_nothing_not_even_as_a_superuser():
    user = a_user(is_superuser=True, is_active=False)
    a_log(owner=str(user.pk))

    assert audience_of(user) is None
    assert not logs_visible_to(user).exists()


def test_a_user_model_without_permissions_has_owners_all_the_same():
    user = SimpleNamespace(is_authenticated=True, pk="7f")
    mine = a_log(owner="7f")
    a_log(owner="8")

    assert audience_of(user) is Audience.OWNER
    assert [log.pk for log in logs_visible_to(user)] == [mine.pk]


def test_an_owner_sees_the_own_tasks_alone():
    user = a_user()
    mine = a_log(owner=str(user.pk))
    a_log(owner=f"{user.pk}0")
    a_log(owner=None)

    assert [log.pk for log in logs_visible_to(user)] == [mine.pk]


@pytest.mark.parametrize("permission", ["view_tasklog", "view_tasklog_details"])
def test_a_reader_with_a_permission_sees_all_tasks_those_of_nobody_too(permission):
    a_log(owner="someone")
    a_log(owner=None)

    assert logs_visible_to(a_user(permission)).count() == 2


def test_the_text_of_exceptions_can_be_kept_from_owners(settings):
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "EXCEPTION_TEXT": "staff"}

    assert [audience.sees_exception_text for audience in Audience] == [False, False, True]


@pytest.mark.parametrize(
    ("permissions", "audience", "seen"),
    [
        (None, Audience.OWNER, {"shown"}),
        ([], Audience.OWNER, {"shown", "mine"}),
        (["view_tasklog"], Audience.VIEWER, {"shown", "mine", "other"}),
        (["view_tasklog_details"], Audience.DETAILS, {"shown", "mine", "other"}),
    ],
)
def test_a_token_adds_one_task_to_what_a_user_sees_and_takes_nothing_away(permissions, audience, seen):
    user = AnonymousUser() if permissions is None else a_user(*permissions)
    a_log(task_uuid="mine", owner=str(user.pk))
    a_log(task_uuid="shown", owner="x")
    a_log(task_uuid="other", owner="x")
    reader = Reader(user, "shown")

    assert reader.audience is audience
    assert {log.task_uuid for log in reader.logs} == seen


def test_nobody_without_a_token_is_no_reader():
    a_log(owner="None")

    assert Reader(None).audience is None
    assert not Reader(AnonymousUser()).logs.exists()
