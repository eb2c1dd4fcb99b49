"""The middleware: the user of a request owns the tasks that it sends."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from progress_updater import task_context as author_context
from progress_updater.middleware import TaskOwnerMiddleware
from progress_updater.recording.context import task_context
from progress_updater.recording.guard import guard


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)


def _owner() -> str | None:
    return task_context.get().owner_key()


def view(request: HttpRequest) -> HttpResponse:
    """Answer with the owner of a task that would be sent now."""
    return HttpResponse(_owner() or "nobody")


async def async_view(request: HttpRequest) -> HttpResponse:
    """Answer as the view does."""
    return view(request)


def _request(user: object = None) -> HttpRequest:
    request = HttpRequest()
    if user is not None:
        request.user = user  # type: ignore[assignment]
    return request


def _async_request(user: object) -> HttpRequest:
    async def auser() -> object:
        if isinstance(user, Exception):
            raise user
        return user

    request = HttpRequest()
    request.auser = auser  # type: ignore[assignment]
    return request


def _answer(request: HttpRequest) -> str:
    return TaskOwnerMiddleware(view)(request).content.decode()  # type: ignore[union-attr]


def _answer_async(request: HttpRequest) -> str:
    middleware: Any = TaskOwnerMiddleware(async_view)
    assert iscoroutinefunction(middleware)
    return asyncio.run(middleware(request)).content.decode()


@pytest.mark.parametrize(
    ("user", "owner"), [(User(pk=42), "42"), (AnonymousUser(), "nobody"), (None, "nobody")]
)
def test_the_user_of_a_request_is_the_owner(user: object, owner: str) -> None:
    assert _answer(_request(user)) == owner
    assert _owner() is None


@pytest.mark.parametrize(
    ("user", "owner"), [(User(pk=42), "42"), (AnonymousUser(), "nobody"), (None, "nobody")]
)
def test_the_user_of_an_asynchronous_request_is_the_owner(user: object, owner: str) -> None:
    assert _answer_async(_async_request(user)) == owner
    assert _owner() is None


def test_an_asynchronous_request_without_authentication_has_no_owner() -> None:
    assert _answer_async(_request()) == "nobody"


def test_the_user_is_looked_up_only_when_a_task_is_sent() -> None:
    looked_up = []

    def user() -> User:
        looked_up.append(1)
        return User(pk=42)

    def sends_nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    TaskOwnerMiddleware(sends_nothing)(_request(SimpleLazyObject(user)))
    assert looked_up == []
    assert _answer(_request(SimpleLazyObject(user))) == "42"
    assert looked_up == [1]


def test_a_user_that_is_known_only_in_the_view_is_the_owner() -> None:
    def authenticates(request: HttpRequest) -> HttpResponse:
        request.user = User(pk=43)
        return view(request)

    answer: Any = TaskOwnerMiddleware(authenticates)(_request(AnonymousUser()))
    assert answer.content == b"43"


def test_the_view_may_name_another_owner() -> None:
    def for_somebody_else(request: HttpRequest) -> HttpResponse:
        with author_context(owner="7"):
            return view(request)

    answer: Any = TaskOwnerMiddleware(for_somebody_else)(_request(User(pk=42)))
    assert answer.content == b"7"


def test_after_a_view_that_fails_nobody_is_the_owner() -> None:
    def fails(request: HttpRequest) -> HttpResponse:
        raise ValueError(_owner())

    async def fails_too(request: HttpRequest) -> HttpResponse:
        raise ValueError(_owner())

    with pytest.raises(ValueError, match="42"):
        TaskOwnerMiddleware(fails)(_request(User(pk=42)))
    with pytest.raises(ValueError, match="42"):
        asyncio.run(TaskOwnerMiddleware(fails_too)(_async_request(User(pk=42))))  # type: ignore[arg-type]
    assert _owner() is None


def test_a_user_that_cannot_be_looked_up_does_not_stop_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", False)
    failures = guard.failures
    assert _answer_async(_async_request(ConnectionError("the database is away"))) == "nobody"
    assert guard.failures == failures + 1
