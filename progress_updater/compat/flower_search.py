"""Flower's search: `name:orders AND (state:FAILURE OR timeout)`, as a condition on task logs.

A word is looked for in a field that is named before a colon, or in all of them, in whatever case; quotation
marks keep words together; AND may be left out. Source: https://flower.readthedocs.io/en/latest/tasks_filter.html.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from django.db.models import CharField, Exists, OuterRef, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Lower
from django.db.models.lookups import IContains, IExact
from django.utils.translation import gettext as _

from progress_updater.compat.flower_tasks import our_states
from progress_updater.models import Attempt

LONGEST: Final = 2_048  # characters
MOST: Final = 128  # words and signs
DEEPEST: Final = 5  # levels of brackets
SHORTEST: Final = 3  # characters of a word that is looked for inside of texts

NAME: Final = Coalesce("celery_name", "task_name", output_field=CharField())
"""The name that is shown."""

# Each branch begins with another character, so that no text makes it try twice.
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<bracket>[()])|(?P<word>(?:\\["\\]|\\(?!["\\])|[^\s()"\\]|"(?:\\.|[^"\\])*")+))', re.DOTALL
)
_NUMBER: Final = re.compile(r"[-+]?[\d_]+")
_MARK: Final = re.compile(r'\\(["\\])|"')


class SearchError(ValueError):
    """A search that cannot be understood; its text says why."""


def search(text: str) -> Q:
    """Understand a search.

    Args:
        text: as a client wrote it.

    Returns:
        The condition that a task log meets if it is found; an empty one for an empty text.

    Raises:
        SearchError: the text cannot be understood.
    """
    if len(text) > LONGEST:
        raise SearchError(_("A search has %(count)d characters at the most.") % {"count": LONGEST})
    return _Search(_tokens(text.strip())).whole()


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise SearchError(_("A quotation mark is not closed."))
        tokens.append(found["bracket"] or found["word"])
        place = found.end()
    if len(tokens) > MOST:
        raise SearchError(_("A search has %(count)d words at the most.") % {"count": MOST})
    return tokens


class _Search:
    def __init__(self, tokens: list[str]) -> None:
        self._left = tokens[::-1]

    @property
    def _next(self) -> str | None:
        return self._left[-1] if self._left else None

    def whole(self) -> Q:
        if not self._left:
            return Q()
        condition = self._any(0)
        if self._left:
            raise SearchError(_("A bracket is closed that is not open."))
        return condition

    def _any(self, depth: int) -> Q:
        condition = self._all(depth)
        while self._next == "OR":
            self._left.pop()
            condition |= self._all(depth)
        return condition

    def _all(self, depth: int) -> Q:
        condition = self._one(depth)
        while self._next not in {None, ")", "OR"}:
            if self._next == "AND":
                self._left.pop()
            condition &= self._one(depth)
        return condition

    def _one(self, depth: int) -> Q:
        part = self._left.pop() if self._left else None
        if part == "(":
            return self._bracket(depth)
        if part in {None, ")", "AND", "OR"}:
            raise SearchError(_("A word is missing."))
        assert part is not None
        return _term(part)

    def _bracket(self, depth: int) -> Q:
        if depth == DEEPEST:
            raise SearchError(
                _("Brackets stand in brackets %(count)d times at the most.") % {"count": DEEPEST}
            )
        condition = self._any(depth + 1)
        if not self._left:
            raise SearchError(_("A bracket is not closed."))
        self._left.pop()
        return condition


def _term(part: str) -> Q:
    if part == "NOT" or part.startswith("-"):
        raise SearchError(_("Words cannot be left out of a search."))
    word = _MARK.sub(lambda mark: mark[1] or "", part)
    field, colon, value = word.partition(":")
    if not colon or field.casefold() not in _FIELDS:
        field, value = "", word
    find = _FIELDS[field.casefold()]
    is_whole = field.casefold() == "state" or (field.casefold() == "kwargs" and "=" in value)
    if len(value.strip()) < (1 if is_whole else SHORTEST):
        raise SearchError(_("A word of a search has %(count)d characters or more.") % {"count": SHORTEST})
    return find(value)


def ran_on(**condition: Any) -> Q:
    """Give the condition that the newest attempt of a task meets another one."""
    newest = Attempt.objects.filter(task_log=OuterRef("pk"), number=OuterRef("attempts"))
    return Q(Exists(newest.filter(**condition)))


def is_named(name: str) -> Q:
    """Give the condition that a task has this name, in whatever case."""
    return Q(IExact(Lower(NAME), name.lower()))


def _has(expression: Any, value: str) -> Q:
    # MariaDB compares columns of exact text, and JSON, in the case in which they are.
    return Q(IContains(Lower(expression), value.lower()))


def _name(value: str) -> Q:
    return _has(NAME, value)


def _worker(value: str) -> Q:
    return ran_on(worker__icontains=value)


def _text_of(column: str) -> Callable[[str], Q]:
    return lambda value: _has(Cast(column, TextField()), value)


def _kwargs(value: str) -> Q:
    name, equals, wanted = value.partition("=")
    if not equals:
        return _text_of("kwargs")(value)
    if _NUMBER.fullmatch(name.strip()):
        # Django takes it for a place in a list.
        raise SearchError(_("The name of an argument is no number."))
    return Q(IExact(Lower(KeyTextTransform(name.strip(), "kwargs")), wanted.strip().lower()))


def _state(value: str) -> Q:
    return Q(state__in=our_states(value))


def _anywhere(value: str) -> Q:
    condition = _name(value) | _worker(value) | _has("task_uuid", value) | _has("state", value)
    for column in ("args", "kwargs", "result"):
        condition |= _text_of(column)(value)
    return condition


_FIELDS: Final[dict[str, Callable[[str], Q]]] = {
    "": _anywhere,
    "name": _name,
    "state": _state,
    "worker": _worker,
    "args": _text_of("args"),
    "kwargs": _kwargs,
    "result": _text_of("result"),
}
