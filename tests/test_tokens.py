"""Tokens are for one task, state when they expire, and are signed as Django signs."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from celery.result import AsyncResult, GroupResult
from django.core import signing

from progress_updater import TaskUpdater, tokens, wording
from progress_updater.recording.clean import task_key
from progress_updater.tokens import EXPIRED, INVALID, BadToken, task_of, token_for
from tests.rows import a_log

NOW = 1_700_000_000.25
ID = "3d2f1a0c-6a53-4b0e-9c1b-2f8d7f0a5e11"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that sets the clock that tokens are compared with."""

    def set_to(now: float) -> None:
        monkeypatch.setattr(tokens, "time", lambda: now)

    set_to(NOW)
    return set_to


def code_of(token: str) -> str:
    with pytest.raises(BadToken) as refused:
        task_of(token)
    return refused.value.code


@pytest.mark.parametrize("kind", [str, UUID, AsyncResult, TaskUpdater])
def test_whatever_names_a_task_gets_a_token_for_it(kind: Callable[[str], object]) -> None:
    assert task_of(token_for(kind(ID))) == ID


@pytest.mark.django_db(databases="__all__")
def test_a_log_gets_a_token_for_its_task() -> None:
    log = a_log().row
    assert task_of(token_for(log)) == log.task_uuid


@pytest.mark.parametrize("task_id", ["a/b", "Größe 7\n", "x" * 10_000, "\ud800", "~", "🐟" * 255])
def test_an_id_of_any_kind_is_named_as_it_is_stored(task_id: str) -> None:
    assert task_of(token_for(task_id)) == task_key(task_id)


@pytest.mark.parametrize("task", [None, "", 7, GroupResult(ID), object(), ["id"]])
def test_what_is_no_task_gets_none(task: object) -> None:
    with pytest.raises(TypeError, match="Give the id of a task"):
        token_for(task)


def test_a_token_can_stand_in_an_address_as_it_is() -> None:
    token = token_for(ID)
    assert quote(token, safe=":") == token
    assert len(token) < 200


@pytest.mark.parametrize("age", [60, 60.0, timedelta(minutes=1)])
def test_it_expires_after_its_age(clock: Any, age: Any) -> None:
    token = token_for(ID, max_age=age)
    clock(NOW + 59.9)
    assert task_of(token) == ID
    clock(NOW + 61)
    assert code_of(token) == EXPIRED


def test_it_lives_for_a_while_however_short_its_age_is(clock: Any) -> None:
    assert task_of(token_for(ID, max_age=0.001)) == ID


def test_without_an_age_it_is_that_of_the_settings(clock: Any, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "TOKEN_AGE": 10}
    token = token_for(ID)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "TOKEN_AGE": 1_000}
    clock(NOW + 11)
    assert code_of(token) == EXPIRED


@pytest.mark.parametrize("age", [0, -1, math.inf, math.nan, timedelta(0)])
def test_an_age_that_is_none_is_refused(age: Any) -> None:
    with pytest.raises(ValueError, match="max_age is"):
        token_for(ID, max_age=age)


def test_the_longest_age_is_no_problem() -> None:
    assert task_of(token_for(ID, max_age=1e300)) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "x",
        "a:b",
        "a:b:c",
        "\n",
        "\x00",
        "<script>",
        "é",
        "\ud800",
        ".:x",
        "x" * 100_000,
        ID,
        "=" * 9,
    ],
)
def test_what_is_no_token_is_told_so(text: str) -> None:
    assert code_of(text) == INVALID


def test_a_token_that_was_changed_is_none() -> None:
    token = token_for(ID)
    payload, _, signature = token.partition(":")
    other, _, _ = token_for("another").partition(":")
    for forged in (
        f"{other}:{signature}", f"{payload}:", payload, f"{token}x", f" {token}", token[:-1], token.upper(),
    ):  # fmt: skip
        assert code_of(forged) == INVALID


@pytest.mark.parametrize("salt", ["django.core.signing", "django.core.signing.Signer", "sessions"])
def test_what_was_signed_for_something_else_is_no_token(salt: str) -> None:
    assert code_of(signing.Signer(salt=salt).sign_object([ID, NOW + 10])) == INVALID
    assert code_of(signing.dumps([ID, NOW + 10], salt=salt)) == INVALID


def test_another_key_ends_all_tokens_and_a_fallback_keeps_them(settings: Any) -> None:
    token = token_for(ID)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert code_of(token) == INVALID
    settings.SECRET_KEY_FALLBACKS = [before]
    assert task_of(token) == ID


def test_a_refusal_tells_what_to_do_and_does_not_repeat_the_token() -> None:
    token = f"{token_for(ID)}x"
    with pytest.raises(BadToken) as refused:
        task_of(token)
    assert str(refused.value) == wording.BAD_TOKENS[INVALID]
    assert refused.value.__cause__ is None
    assert token not in repr(refused.value)
    assert "log in" in str(refused.value)
