"""What the annotation of a setting accepts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from progress_updater.checks.annotations import accepts, choices, describe


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, 1),
        (int, 1),
        (bool, False),
        (str | None, None),
        (Path, Path("journal")),
        (Sequence[str], ["a"]),
        (Sequence[str], ("a",)),
        (Mapping[str, int], {"SUCCESS": 30}),
        (Literal["a", "b"], "b"),
    ],
)
def test_accepts(annotation: Any, value: object) -> None:
    assert accepts(annotation, value)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, True),
        (int, 1.0),
        (bool, 0),
        (str, None),
        (Path, "journal"),
        (Sequence[str], "a"),
        (Sequence[str], ["a", 1]),
        (Mapping[str, int], {"SUCCESS": "30"}),
        (Mapping[str, int], {30: 30}),
        (Mapping[str, int], [("SUCCESS", 30)]),
        (Literal["a", "b"], "c"),
        (Literal["a", "b"], ["a"]),
    ],
)
def test_refuses(annotation: Any, value: object) -> None:
    assert not accepts(annotation, value)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Mapping[str, int], "a dict, each key a text and each value a whole number"),
        (str | None, "a text or None"),
        (Path, "a Path"),
        (Literal["a"], '"a"'),
    ],
)
def test_describes(annotation: Any, words: str) -> None:
    assert describe(annotation) == words


def test_choices_are_those_of_all_literals() -> None:
    assert choices(Literal["all", "used"] | Sequence[str]) == ["all", "used"]
