"""task_context: for whom, and about what, tasks are sent."""

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.utils.functional import SimpleLazyObject

from progress_updater import contexts, task_context
from progress_updater.contexts import owner_key, subject_key, tag_words
from progress_updater.recording.context import TaskContext
from progress_updater.recording.context import task_context as current
from progress_updater.recording.guard import guard


@pytest.fixture(autouse=True)
def loud_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "loud", True)


def test_outside_there_is_no_owner_no_tag_and_no_subject() -> None:
    assert current.get() == TaskContext(owner=None, about=None, tags=())


def test_inside_the_block_owner_tags_and_subject_are_set() -> None:
    with task_context(owner=User(pk=42), tags=["import", "nightly"], about=Group(pk=7)):
        assert current.get() == TaskContext(owner="42", about="auth.group:7", tags=("import", "nightly"))
    assert current.get() == TaskContext()


def test_an_inner_block_adds_to_the_outer_one() -> None:
    with task_context(owner="42", tags=["a"], about="shop.order:7"):
        with task_context(tags=["b", "a"]):
            assert current.get() == TaskContext(owner="42", about="shop.order:7", tags=("a", "b"))
        with task_context(owner="43", about="shop.order:8"):
            assert current.get() == TaskContext(owner="43", about="shop.order:8", tags=("a",))


def test_after_an_exception_the_context_around_is_back() -> None:
    with pytest.raises(ValueError, match="no good"), task_context(owner="42"):
        raise ValueError("no good")
    assert current.get().owner is None


def test_each_asyncio_task_has_its_own_context() -> None:
    async def owner(name: str) -> str | None:
        with task_context(owner=name):
            await asyncio.sleep(0)
            return current.get().owner_key()

    async def both() -> list[str | None]:
        return await asyncio.gather(owner("a"), owner("b"))

    assert asyncio.run(both()) == ["a", "b"]


@pytest.mark.parametrize(
    ("owner", "key"),
    [
        (None, None),
        ("42", "42"),
        (42, "42"),
        (0, "0"),
        (User(pk=42), "42"),
        (User(), None),
        (AnonymousUser(), None),
        (SimpleLazyObject(lambda: User(pk=42)), "42"),
        (SimpleLazyObject(AnonymousUser), None),
    ],
)
def test_an_owner_is_kept_by_the_text_of_its_key(owner: object, key: str | None) -> None:
    assert owner_key(owner) == key


@pytest.mark.parametrize(
    ("about", "key"),
    [(None, None), ("shop.order:7", "shop.order:7"), (Group(pk=7), "auth.group:7"), (Group(), None)],
)
def test_a_subject_is_kept_by_model_and_key(about: Any, key: str | None) -> None:
    assert subject_key(about) == key


@pytest.mark.parametrize(
    ("tags", "words"),
    [((), ()), (["a", 1], ("a", "1")), ("nightly", ("nightly",)), (None, ()), ({"a"}, ("a",))],
)
def test_tags_are_words_and_one_text_is_one_word(tags: Any, words: tuple[str, ...]) -> None:
    assert tag_words(tags) == words


def _unreachable() -> None:
    raise ConnectionError("the database is away")


@pytest.mark.parametrize(
    ("function", "make", "default"),
    [
        (contexts.owner_key, lambda: SimpleLazyObject(_unreachable), None),
        (contexts.subject_key, object, None),
        (contexts.tag_words, lambda: 17, ()),
    ],
    ids=["owner", "subject", "tags"],
)
def test_what_cannot_be_read_is_left_out(
    monkeypatch: pytest.MonkeyPatch, function: Any, make: Any, default: object
) -> None:
    monkeypatch.setattr(guard, "loud", False)
    failures = guard.failures
    assert function(make()) == default
    assert guard.failures == failures + 1
