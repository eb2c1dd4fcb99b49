"""What a task was given, or has returned, becomes JSON: at once, in bounds, and without the author's code."""

import json
import tracemalloc
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils.translation import gettext_lazy
from kombu.utils.json import dumps, loads

from progress_updater.integrations.celery.arguments import encoded, restored
from tests.integrations.celery.tasks import add

LIMIT = 10_000
TIMES = 4
"""How many times longer than the limit the JSON of what is cut may be."""

Point = namedtuple("Point", "x y")  # noqa: PYI024 (it is a tuple that is not a tuple's type)


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


PLAIN: list[Any] = [
    [], {}, None, True, 0, -1, 2**53, 2**64 - 1, -(2**63), 0.5, -0.0, 1e-300, "", "ü🎉", "\\u0000", '"<>&',
    [1, [2, [3, {"a": {"b": []}}]]], {"": None, "…": "…"}, {"__type__": "uuid"}, 1e16, -1e18,
]  # fmt: skip
CARRIED: list[Any] = [
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    datetime(2026, 1, 2),  # noqa: DTZ001 (an author may forget it)
    date(2026, 1, 2),
    time(3, 4),
    UUID(int=7),
    Decimal("1.10"),
    Decimal("-Infinity"),
    b"abc",
    b"\xff\x00",
    b"a\x00",
    [{"at": [date(2026, 1, 2)]}],
]


@pytest.mark.parametrize("value", [*PLAIN, *CARRIED], ids=repr)
def test_what_celery_can_carry_is_kept_and_comes_back_as_it_was(value: Any) -> None:
    text, is_kept = encoded(value, LIMIT)
    assert is_kept
    assert restored(json.loads(text)) == value


@pytest.mark.parametrize("value", CARRIED[:-4], ids=repr)
def test_it_is_written_as_celery_writes_it(value: Any) -> None:
    assert json.loads(encoded([value], LIMIT).text) == json.loads(dumps([value]))


def as_celery_sends(value: Any) -> Any:
    return loads(dumps(value))


class Money:
    def __json__(self) -> dict[str, Any]:
        return {"amount": Decimal("1.10")}

    def __repr__(self) -> str:
        return "Money"


@pytest.mark.parametrize(
    "value",
    [
        (1, (2,)), Point(1, 2), OrderedDict(a=(1,)), Colour.RED, Number.ONE, {Colour.RED: Number.ONE},
        gettext_lazy("Yes"), Money(), [Money()], add.s(1, y=(2,)),
    ],
    ids=repr,
)  # fmt: skip
def test_what_celery_changes_on_the_way_is_kept_as_the_task_gets_it(value: Any) -> None:
    text, is_kept = encoded(value, LIMIT)
    assert is_kept
    assert restored(json.loads(text)) == as_celery_sends(value)


class Hostile:
    """Fails, or never ends, whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemError(name)

    def __repr__(self) -> str:
        while True:
            pass

    __str__ = __format__ = __bytes__ = __hash__ = __len__ = __iter__ = __eq__ = __repr__  # type: ignore[assignment]


class HostileText(str):
    __slots__ = ()
    __str__ = __len__ = __getitem__ = __repr__ = Hostile.__repr__  # type: ignore[assignment]


class HostileList(list[int]):
    __iter__ = __len__ = __getitem__ = __repr__ = Hostile.__repr__  # type: ignore[assignment]


class HostileDict(dict[str, int]):
    __iter__ = __len__ = items = keys = __repr__ = Hostile.__repr__  # type: ignore[assignment]


class HostileNumber(int):
    __int__ = __index__ = __repr__ = __abs__ = __lt__ = Hostile.__repr__  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (HostileText("abc"), "abc"),
        (HostileList([1, 2]), [1, 2]),
        (HostileDict(a=1), {"a": 1}),
        (HostileNumber(7), 7),
    ],
    ids=["text", "list", "dict", "number"],
)
def test_no_method_of_a_class_of_the_author_is_called(value: Any, shown: Any) -> None:
    assert json.loads(encoded([value], LIMIT).text) == [shown]


class Unnameable(type):
    def __getattribute__(cls, name: str) -> Any:
        raise ValueError(name)


class Nameless(metaclass=Unnameable):
    """Its name cannot be asked for."""


class Failing:
    def __json__(self) -> Any:
        raise ValueError("not now")


HERE = __name__


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Hostile(), f"<{HERE}.Hostile>"),
        (object.__new__(Nameless), "<object>"),
        (Failing(), f"<{HERE}.Failing>"),
        (object(), "<builtins.object>"),
        (lambda: None, "<builtins.function>"),
        (iter([1]), "<builtins.list_iterator>"),
        (ValueError("secret"), "<builtins.ValueError>"),
        ({1}, [1]),
        (frozenset([2]), [2]),
        (float("nan"), "nan"),
        (-float("inf"), "-inf"),
        (1e300, "1e+300"),
        (2**64, "18446744073709551616"),
        (10**400, "1" + 400 * "0"),
        (10 ** (10**6), "<a huge number>"),
        ("a\ud800b", "a\ufffdb"),
        ("a\x00b", "a\ufffdb"),
        ({"a\x00": 1}, {"a\ufffd": 1}),
        ({1: "a", None: "b", (1, 2): "c"}, {"1": "a", "None": "b", "…": "c"}),
        ({"__type__": "uuid", "__value__": "x"}, {"__type__": "uuid", "__value__": "x"}),
        (bytearray(b"abc"), "<builtins.bytearray>"),
        (Decimal("1" * 10**6), "<decimal.Decimal>"),
    ],
    ids=range(22),
)
def test_what_does_not_come_back_is_shown_and_not_kept(value: Any, shown: Any) -> None:
    for nested, wanted in ((value, shown), ([{"a": value}], [{"a": shown}])):
        text, is_kept = encoded(nested, LIMIT)
        assert (json.loads(text), is_kept) == (wanted, False)


def test_the_end_of_a_task_passes() -> None:
    class Late:
        def __json__(self) -> Any:
            raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        encoded([Late()], LIMIT)


def test_a_value_that_changes_meanwhile_is_none() -> None:
    class Changing:
        def __json__(self) -> int:
            growing[str(len(growing))] = 1
            return 1

    growing: dict[str, Any] = {"a": Changing()}
    assert encoded([growing], LIMIT) == ('["<builtins.dict>"]', False)


# ---------------------------------------------------------------- in bounds


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_what_is_nested_too_deep_is_cut() -> None:
    assert encoded(nested(20), LIMIT) == ("[" * 20 + "]" * 20, True)
    assert encoded(nested(21), LIMIT) == ("[" * 20 + '"…"' + "]" * 20, False)
    assert encoded(nested(100_000), LIMIT).is_kept is False


def test_what_contains_itself_has_an_end() -> None:
    circle: list[Any] = []
    circle += [circle] * 10
    text, is_kept = encoded({"circle": circle}, LIMIT)
    assert not is_kept
    assert len(text) < TIMES * LIMIT


def test_a_cut_says_how_much_there_was() -> None:
    text = "x" * 25
    assert (
        encoded([text, 1], 20).text == '["xxxxxxxxxxxxxx… (cut: 25 characters)",{"cut":"… (cut: 1 value)"}]'
    )
    assert json.loads(encoded({"a": text, "b": 1, "c": 2}, 20).text) == {
        "a": "xxxxxxxxxxxxx… (cut: 25 characters)",
        "…": "… (cut: 2 values)",
    }
    assert encoded(b"x" * 25, 20).text == '"xxxxxxxxxxxxxxxxxxx… (cut: 25 bytes)"'
    assert json.loads(encoded({text: 1}, 20).text) == {"xxxxxxxxxxxxxxx… (cut: 25 characters)": 1}
    assert encoded(list(range(1_005)), 20).text.endswith(',{"cut":"… (cut: 1,002 values)"}]')


@pytest.mark.parametrize("length", [LIMIT - 10, LIMIT, LIMIT + 10])
def test_around_the_limit_what_is_not_marked_is_whole(length: int) -> None:
    value = ["x" * length]
    text, is_kept = encoded(value, LIMIT)
    assert is_kept == (json.loads(text) == value)
    assert is_kept == (length < LIMIT)


@pytest.fixture(scope="module", params=["text", "escaped", "bytes", "list", "lists", "dict", "key", "sets"])
def huge(request: pytest.FixtureRequest) -> Any:
    """A value of some 100 MB."""
    kinds: dict[str, Any] = {
        "text": lambda: "x" * 10**8,
        "escaped": lambda: "\x01" * 10**8,
        "bytes": lambda: b"x" * 10**8,
        "list": lambda: [1] * 10**7,
        "lists": lambda: [["x" * 1000] * 1000] * 100,
        "dict": lambda: dict.fromkeys(map(str, range(10**6)), "x" * 100),
        "key": lambda: {"x" * 10**8: 1},
        "sets": lambda: {"a": set(range(10**6))},
    }
    return kinds[request.param]()


def test_a_huge_value_costs_what_is_kept_of_it(huge: Any) -> None:
    took = []
    for _ in range(3):
        began = perf_counter()
        encoded(huge, LIMIT)
        took.append(perf_counter() - began)
    tracemalloc.start()
    text, is_kept = encoded(huge, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (is_kept, "(cut: " in text) == (False, True)
    assert len(text) < 6 * LIMIT + 200  # a control character takes six
    assert peak < 100 * LIMIT
    assert min(took) < 0.1
