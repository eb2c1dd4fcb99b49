"""clean: any object becomes text, any text becomes storable."""

import datetime as dt
import json
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from hypothesis import given
from hypothesis import strategies as st

from progress_updater.recording.clean import as_json, cut, cut_name, number, printed, storable, task_key

LIMIT = 10_000


class Raising:
    """An object that cannot be printed, counted or measured."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error

    __repr__ = __str__

    def __float__(self) -> float:
        raise self.error


class Shouting(str):
    """A text that prints another text."""

    __slots__ = ()

    def __str__(self) -> str:
        return Shouting(self.upper())


def recursive() -> str:
    """Never end."""
    return recursive()


class Endless:
    """An object whose text never ends."""

    def __str__(self) -> str:
        return recursive()


# -- printed


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (None, "None"), (b"a", "b'a'"), (1.5, "1.5"), ({"a": 1}, "{'a': 1}")]
)
def test_anything_is_printed_as_str_prints_it(value: object, text: str) -> None:
    assert printed(value) == text


@pytest.mark.parametrize("error", [ValueError("x"), KeyError(), RecursionError()])
def test_an_object_that_cannot_be_printed_is_named_by_its_type(error: Exception) -> None:
    assert printed(Raising(error)) == "<Raising: its text could not be made>"


def test_an_object_whose_text_never_ends_is_named_by_its_type() -> None:
    assert printed(Endless()) == "<Endless: its text could not be made>"


def test_the_text_of_a_text_class_is_a_plain_text() -> None:
    assert type(printed(Shouting("a"))) is str


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), KeyboardInterrupt()])
@pytest.mark.parametrize("make", [printed, number, lambda value: as_json({"a": value}, LIMIT)])
def test_a_time_limit_that_arises_while_a_value_is_read_passes(
    make: Callable[[object], object], error: BaseException
) -> None:
    with pytest.raises(type(error)):
        make(Raising(error))


# -- cut


def test_a_cut_is_shown_in_the_text_with_the_length_of_the_whole() -> None:
    assert cut("x" * 1234, 10) == "xxxxxxxxxx… (cut: 1,234 characters)"


def test_a_text_of_just_the_limit_is_not_cut() -> None:
    assert cut("x" * 10, 10) == "x" * 10


def test_a_cut_name_fills_its_column() -> None:
    assert cut_name("x" * 300) == "x" * 254 + "…"
    assert cut_name("x" * 255) == "x" * 255
    assert cut_name("rows and rows", 5) == "rows…"


# -- storable


def test_what_a_database_refuses_becomes_a_replacement_character() -> None:
    assert storable("a\x00b\ud800c\udfffd") == "a\ufffdb\ufffdc\ufffdd"


@given(st.text())
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert storable(text) == text.replace("\x00", "\ufffd")


# -- task_key


@pytest.mark.parametrize("task_id", ["a/b", "a.b", "a\nb", "x" * 255, str(uuid.UUID(int=7)), "ä €"])
def test_an_id_of_up_to_255_characters_is_its_own_key(task_id: str) -> None:
    assert task_key(task_id) == task_id


def test_a_longer_id_has_a_key_of_255_characters_that_tells_it_from_others() -> None:
    long, other = "x" * 300, "x" * 299 + "y"
    assert len(task_key(long)) == 255
    assert task_key(long).startswith("x" * 190)
    assert task_key(long) != task_key(other)
    assert task_key(long) == task_key(long)


def test_an_id_may_be_any_object() -> None:
    assert task_key(17) == "17"
    assert task_key(uuid.UUID(int=7)) == "00000000-0000-0000-0000-000000000007"
    assert task_key("a\x00b") == "a\ufffdb"


# -- number


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3.0), (True, 1.0), (Decimal("1.5"), 1.5), ("12", 12.0), (-2.5, -2.5)]
)
def test_what_has_a_value_is_a_number(value: object, expected: float) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, "many", math.nan, math.inf, -math.inf, 10**400, [], object(), Raising(ZeroDivisionError())],
)
def test_what_has_no_finite_value_is_no_number(value: object) -> None:
    assert number(value) is None


# -- as_json


class Colour(Enum):
    """An enumeration."""

    RED = "red"


@dataclass
class Point:
    """A data class."""

    x: int


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        ({"a": [1, 2.5, None, True]}, {"a": [1, 2.5, None, True]}),
        ({1: "one", (1, 2): "pair"}, {"1": "one", "(1, 2)": "pair"}),
        (Decimal("1.10"), "1.10"),
        (Colour.RED, "red"),
        (Point(1), {"x": 1}),
        (dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2020-01-02T03:04:05+00:00"),
        ({"a": math.nan, "b": math.inf}, {"a": None, "b": None}),
        ("a\x00b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ({"\ud800": ["\ud800", (1,)]}, {"\ufffd": ["\ufffd", [1]]}),
        ("a literal \\u0000 stays", "a literal \\u0000 stays"),
        ("\\\x00", "\\\ufffd"),
        (Raising(ValueError()), "<Raising: its text could not be made>"),
        ([Raising(ValueError()), "\ud800"], ["<Raising: its text could not be made>", "\ufffd"]),
        (2**70, str(2**70)),
        ([7, 2**70], [7, str(2**70)]),
        (10**2_000, "<a huge number>"),
        ({"set": {1}}, {"set": "{1}"}),
        ([{1}, 2**70], [[1], str(2**70)]),
    ],
)
def test_data_becomes_json(data: object, decoded: object) -> None:
    assert json.loads(as_json(data, LIMIT)) == decoded


def test_long_data_is_cut_and_the_cut_is_shown() -> None:
    assert json.loads(as_json(["x" * 100], 20)) == {"cut": '["xxxxxxxxxxxxxxxxxx… (cut: 104 characters)'}


def test_data_that_contains_itself_comes_to_an_end_soon() -> None:
    knot: dict[str, Any] = {}
    knot.update(a=knot, b=knot, c=[knot] * 5)
    assert len(as_json(knot, 10**9)) < 1_000_000


def test_deep_data_ends_in_an_ellipsis() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert as_json(deep, LIMIT) == "[" * 20 + '"…"' + "]" * 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_data_becomes_json_that_every_database_takes(data: object) -> None:
    encoded = as_json(data, LIMIT)
    decoded = json.loads(encoded, parse_constant=pytest.fail)
    text = json.dumps(decoded, ensure_ascii=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()
