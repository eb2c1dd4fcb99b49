"""What the annotation of a setting accepts, and how it reads in a sentence."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

NAMES: Final = {
    str: "a text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    NoneType: "None",
}


def accepts(annotation: Any, value: object) -> bool:
    """Tell whether a value is of an annotated type, without converting it.

    Args:
        annotation: a class, or a Literal, union, Sequence or Mapping of such.
        value: any object.

    Returns:
        True when the value fits; a bool is no number, a text is no sequence of texts.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin in (Union, UnionType):
        return any(accepts(part, value) for part in parts)
    if origin is Sequence:
        return isinstance(value, (list, tuple)) and all(accepts(parts[0], item) for item in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            accepts(parts[0], key) and accepts(parts[1], item) for key, item in value.items()
        )
    return _is_instance(annotation, value)


def _is_instance(kind: type, value: object) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def describe(annotation: Any) -> str:
    """Say what an annotation accepts.

    Args:
        annotation: as for accepts().

    Returns:
        Words that fit behind "expected".
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _alternatives([f'"{choice}"' for choice in parts])
    if origin in (Union, UnionType):
        return _alternatives([describe(part) for part in parts])
    if origin is Sequence:
        return f"a list, each item {describe(parts[0])}"
    if origin is Mapping:
        return f"a dict, each key {describe(parts[0])} and each value {describe(parts[1])}"
    return NAMES.get(annotation, f"a {annotation.__name__}")


def choices(annotation: Any) -> list[str]:
    """List the words that an annotation names.

    Args:
        annotation: as for accepts().

    Returns:
        The choices of its Literals, in order.
    """
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for part in get_args(annotation) for word in choices(part)]


def _alternatives(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
