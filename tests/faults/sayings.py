"""What an author may hand over, though no file and no database takes it."""

import math
from typing import Any

from progress_updater import notify, step


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("cannot be printed")

    __repr__ = __str__


class Endless:
    def __str__(self) -> str:
        return str(self)


def in_itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def says(text: object, **options: Any) -> Any:
    return lambda: notify(text, **options)


def opens_a_step(name: object) -> Any:
    def say() -> None:
        with step(name):
            notify("inside")

    return say


def suppresses_an_error() -> None:
    with step("Optional", optional=True):
        raise Unspeakable


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot be printed")


def many_long_lines() -> None:
    for number in range(150):
        notify(f"{number} ".ljust(9_000, "x"))


LONG_LINES = 3_500


def more_than_memory_holds() -> None:
    for _ in range(LONG_LINES):
        notify("x" * 9_990)


NOT_FINITE = {"nan": math.nan, "infinity": math.inf}
