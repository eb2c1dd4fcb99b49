"""Mistakes in PROGRESS_UPDATER are found, and a way out is told."""

from typing import Any, get_type_hints

import pytest
from django.core.checks import CheckMessage

from progress_updater.checks.annotations import accepts
from progress_updater.checks.values import DEFAULTS, LEAST, check_values
from progress_updater.settings import Settings


def found(settings: Any, written: object) -> list[CheckMessage]:
    settings.PROGRESS_UPDATER = written
    return check_values()


def test_defaults_pass(settings: Any) -> None:
    assert found(settings, DEFAULTS) == []


def test_no_setting_at_all_passes(settings: Any) -> None:
    del settings.PROGRESS_UPDATER
    assert check_values() == []


def test_a_setting_that_is_no_dict_is_an_error(settings: Any) -> None:
    (message,) = found(settings, ["DATABASE"])
    assert message.id == "progress_updater.E001"
    assert "PROGRESS_UPDATER = {" in message.hint


@pytest.mark.parametrize(
    ("key", "meant"),
    [("FLUSH_INTERVALL", "FLUSH_INTERVAL"), ("database", "DATABASE"), ("LOGTAIL", "LOG_TAIL")],
)
def test_an_unknown_key_is_an_error_that_suggests_the_closest(settings: Any, key: str, meant: str) -> None:
    (message,) = found(settings, {key: 1})
    assert message.id == "progress_updater.E002"
    assert f"Did you mean '{meant}'?" in message.hint


@pytest.mark.parametrize("key", ["COLOUR", 7, None])
def test_an_unknown_key_that_resembles_none_lists_all(settings: Any, key: object) -> None:
    (message,) = found(settings, {key: 1})
    assert message.id == "progress_updater.E002"
    assert "Did you mean" not in message.hint
    assert all(known in message.hint for known in DEFAULTS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DATABASE", None),
        ("RECORD", "shop.*"),
        ("RECORD", ["shop.*", 3]),
        ("RECORD", {"shop.*"}),
        ("SINK", "files"),
        ("SINK", None),
        ("FLUSH_INTERVAL", "0.25"),
        ("FLUSH_INTERVAL", True),
        ("FLUSH_DEADLINE", [5]),
        ("LOG_TAIL", 10.5),
        ("MAX_STEPS", "many"),
        ("TEXT_LIMIT", None),
        ("EXCEPTION_TEXT", True),
        ("CAPTURE_STATES", 1),
        ("CAPTURE_LOGGING", 20),
        ("CAPTURE_LOGGING", "LOUD"),
        ("REDACT", "salary"),
        ("REDACT", ["salary", 3]),
        ("KEEP", 30),
        ("KEEP", {"SUCCESS": "30"}),
        ("KEEP", None),
    ],
)
def test_a_wrong_type_is_an_error_that_shows_the_default(settings: Any, key: str, value: object) -> None:
    (message,) = found(settings, {key: value})
    assert message.id == "progress_updater.E003"
    assert f'PROGRESS_UPDATER["{key}"] is {value!r}' in message.msg
    assert f'"{key}": {DEFAULTS[key]!r}' in message.hint


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("SINK", "databse", '"auto", "database", "memory" or "inline"'),
        ("RECORD", "everything", '"all" or "used" or a list, each item a text'),
        ("FLUSH_INTERVAL", "0.25", "a number"),
        ("LOG_TAIL", "1000", "a whole number"),
        ("CAPTURE_STATES", "yes", "True or False"),
        ("DATABASE", 1, "a text"),
    ],
)
def test_a_wrong_type_says_what_is_expected(settings: Any, key: str, value: object, words: str) -> None:
    (message,) = found(settings, {key: value})
    assert message.msg.endswith(f"and not {words}.")


def test_a_misspelt_choice_suggests_the_closest(settings: Any) -> None:
    (message,) = found(settings, {"SINK": "databse"})
    assert "Did you mean 'database'?" in message.hint


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("FLUSH_INTERVAL", 0),
        ("FLUSH_INTERVAL", -0.25),
        ("FLUSH_INTERVAL", float("nan")),
        ("FLUSH_DEADLINE", -1),
        ("FLUSH_DEADLINE", float("inf")),
        ("LOG_TAIL", 0),
        ("MAX_STEPS", 0),
        ("TEXT_LIMIT", -5),
        ("HEARTBEAT", 0),
        ("LOST_AFTER", -1),
        ("STALLED_AFTER", 0),
        ("TOKEN_AGE", 0),
        ("TOKEN_AGE", float("inf")),
    ],
)
def test_a_number_out_of_range_is_an_error_that_names_the_least(
    settings: Any, key: str, value: float
) -> None:
    (message,) = found(settings, {key: value})
    assert message.id == "progress_updater.E004"
    assert f"at least {LEAST[key]}" in message.hint


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("FLUSH_INTERVAL", 1),
        ("FLUSH_DEADLINE", 0),
        ("LOG_TAIL", 1),
        ("RECORD", "used"),
        ("RECORD", ()),
        ("RECORD", ("shop.*", "!shop.tasks.beat_*", "[ab].tasks")),
        ("SINK", "inline"),
        ("STALLED_AFTER", None),
        ("LOST_AFTER", 15),
        ("CAPTURE_LOGGING", None),
        ("CAPTURE_LOGGING", "INFO"),
        ("TOKEN_AGE", 1),
        ("OWNER_ACTIONS", ["cancel", "retry", "delete"]),
        ("KEEP", {}),
        ("KEEP", {"SUCCESS": 0.5, "LOST": None, "*": 90}),
        ("KEEP", {"PENDING": 7, "RETRY": None}),
    ],
)
def test_a_good_value_passes(settings: Any, key: str, value: object) -> None:
    assert found(settings, {key: value}) == []


@pytest.mark.parametrize("pattern", ["", "!", " ", "shop. *", "!!shop.*", "shop.[ab"])
def test_a_pattern_that_matches_no_task_is_an_error(settings: Any, pattern: str) -> None:
    (message,) = found(settings, {"RECORD": ["shop.*", pattern]})
    assert message.id == "progress_updater.E005"
    assert repr(pattern) in message.msg


@pytest.mark.parametrize(
    "name", ["", "!", "*", "_", "salary|wage", "sal.*ry$", "!!salary", "^pin$", "[a-z]key"]
)
def test_a_name_of_a_secret_that_is_none_is_an_error(settings: Any, name: str) -> None:
    (message,) = found(settings, {"REDACT": ["customer_number", name]})
    assert message.id == "progress_updater.E010"
    assert repr(name) in message.msg
    assert "customer_number" in message.hint


@pytest.mark.parametrize(
    "name", ["salary", "*salary*", "customer_number", "X-Customer-No", "!cache_key", "größe"]
)
def test_names_of_secrets_pass(settings: Any, name: str) -> None:
    assert found(settings, {"REDACT": [name]}) == []


@pytest.mark.parametrize("state", ["SUCESS", "STARTED", "success", ""])
def test_a_state_that_is_no_end_cannot_be_kept(settings: Any, state: str) -> None:
    (message,) = found(settings, {"KEEP": {state: 30, "*": 90}})
    assert message.id == "progress_updater.E011"
    assert repr(state) in message.msg
    assert "SUCCESS" in message.hint


@pytest.mark.parametrize("days", [0, -1, float("inf"), float("nan")])
def test_days_that_are_no_time_to_keep_a_log_are_an_error(settings: Any, days: float) -> None:
    (message,) = found(settings, {"KEEP": {"SUCCESS": days}})
    assert message.id == "progress_updater.E012"
    assert "at least 0.01" in message.hint


@pytest.mark.parametrize("written", [{"LOST_AFTER": 14.9}, {"HEARTBEAT": 11}])
def test_heartbeats_that_are_too_rare_are_an_error_that_names_the_way_out(
    settings: Any, written: dict[str, float]
) -> None:
    (message,) = found(settings, written)
    assert message.id == "progress_updater.E009"
    assert "three times HEARTBEAT" in message.hint


def test_several_mistakes_are_all_told(settings: Any) -> None:
    messages = found(settings, {"SINK": 1, "COLOUR": "red", "MAX_STEPS": 0})
    assert [message.id[-4:] for message in messages] == ["E003", "E002", "E004"]


def test_each_number_has_a_range() -> None:
    numbers = {name for name, kind in get_type_hints(Settings).items() if kind in (int, float, float | None)}
    assert set(LEAST) == numbers


def test_each_default_fits_its_annotation() -> None:
    types = get_type_hints(Settings)
    assert all(accepts(types[name], default) for name, default in DEFAULTS.items())
