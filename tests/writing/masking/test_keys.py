"""Which names are those of secrets."""

from typing import Any

import pytest

from progress_updater.writing.masking.keys import is_secret, is_secret_in_prose
from tests.writing.masking.corpus import NAMES, ORDINARY_NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_secret_is_known_however_it_is_written(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_a_name_that_only_resembles_one_is_not(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "name", ["KeyError", "InvalidToken", "key", "session", "api", "TokenError", "author"]
)
def test_before_a_colon_in_prose_only_plain_names_count(name: str) -> None:
    assert not is_secret_in_prose(name)


def test_a_very_long_name_is_judged_by_its_ends() -> None:
    assert is_secret(f"password_{'x' * 10_000}")
    assert is_secret(f"{'x' * 10_000}_password")
    assert not is_secret("x" * 10_000)


@pytest.mark.parametrize(
    "name", ["customer_number", "customerNumber", "OLD-CUSTOMER-NUMBER", "customer_number_2"]
)
def test_redact_adds_names_in_any_spelling(settings: Any, name: str) -> None:
    assert not is_secret(name)
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "REDACT": ["customer_number"]}
    assert is_secret(name)
    assert is_secret("password")


def test_a_star_is_any_part_of_a_word(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "REDACT": ["*nummer"]}
    assert is_secret("Kundennummer")
    assert is_secret("nummer")
    assert not is_secret("nummern")


def test_an_exclamation_mark_takes_a_name_out(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "REDACT": ["!cache_key"]}
    assert not is_secret("cache_key")
    assert not is_secret("cacheKey")
    assert is_secret("api_key")
    assert is_secret("cache_key_password")
