"""The app's settings, as the project wrote them."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from progress_updater.settings import Settings, configured, current


def test_without_a_word_of_the_project_the_defaults_are_in_force(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {}  # pytest-django tells nobody of a deletion
    del settings.PROGRESS_UPDATER
    assert current() == Settings()
    assert configured() == {}


def test_what_the_project_wrote_is_in_force_at_once(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"RECORD": ["shop.*"], "FLUSH_INTERVAL": 1.5}
    assert (current().RECORD, current().FLUSH_INTERVAL, current().DATABASE) == (["shop.*"], 1.5, "default")
    settings.PROGRESS_UPDATER = {}
    assert current() == Settings()


def test_another_setting_of_django_changes_nothing(settings: Any) -> None:
    before = current()
    settings.DEBUG = not settings.DEBUG
    assert current() is before


def test_unknown_keys_are_left_to_the_system_check(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {"FLUSH_INTERVALL": 1, "LOG_TAIL": 5}
    assert current() == Settings(LOG_TAIL=5)
    assert configured() == {"FLUSH_INTERVALL": 1, "LOG_TAIL": 5}


@pytest.mark.parametrize("written", [None, "database", ["SINK"], 3])
def test_what_is_no_mapping_is_left_to_the_system_check(settings: Any, written: object) -> None:
    settings.PROGRESS_UPDATER = written
    assert current() == Settings()


def test_nobody_changes_the_settings_in_force() -> None:
    with pytest.raises(FrozenInstanceError):
        current().LOG_TAIL = 1  # type: ignore[misc]


def test_every_setting_is_written_in_capitals() -> None:
    assert all(field.name.isupper() for field in fields(Settings))
