"""Each shape of a canvas with each fate of one of its members, which is labelled m."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from celery import chord, group, shared_task
from celery.canvas import Signature

from tests.acceptance.canvases import (
    CANVASES,
    KILLED,
    WAIT,
    Canvas,
    a,
    breaks,
    hands_over,
    hesitates,
    is_killed,
    notes,
    of,
)

GOOD_FATES: Final = ("retried", "replaced")


@shared_task
def breaks_at(number: int = 1, *_: Any) -> None:
    """Fail at the first number."""
    if number == 1:
        breaks.run()


@shared_task
def is_killed_at(number: int = 1, *_: Any) -> None:
    """Kill the own process at the first number."""
    if number == 1:
        is_killed.run()


@shared_task
def passes(*_: Any) -> None:
    """Do nothing with what comes in."""


class Shape(NamedTuple):
    """A canvas around a member, and what becomes of the others when that one does not succeed."""

    make: Callable[[Signature], Signature]
    besides: str = ""
    """The labels of those that go well nevertheless."""
    bodies: str = ""
    """Of those for which Celery stores a ChordError."""
    late_bodies: str = ""
    """The same, unless the member is revoked: then Celery forgets the rest of its chain."""
    never: str = ""
    """Of those that never come."""
    later: tuple[str, ...] = ()
    """Of those that come after its success, and are not known before."""
    errbacks: tuple[str, ...] = ()
    """Of those that come after its failure."""


def _linked(member: Signature) -> Signature:
    member.link(a("callback"))
    return member


def _watched(member: Signature) -> Signature:
    member.link_error(notes.s().set(shadow="errback"))
    return member


SHAPES: Final[dict[str, Shape]] = {
    "alone": Shape(lambda m: m),
    "first of a chain": Shape(lambda m: m | a("b") | a("c"), never="bc"),
    "inside a chain": Shape(lambda m: a("a") | m | a("c"), "a", never="c"),
    "last of a chain": Shape(lambda m: a("a") | a("b") | m, "ab"),
    "group": Shape(lambda m: group(m, a("b")), "b"),
    "header": Shape(lambda m: chord([m, a("b")], a("c")), "b", "c"),
    "header in a chain": Shape(lambda m: a("a") | group(m, a("b")) | a("c"), "ab", "c"),
    "body": Shape(lambda m: chord([a("a"), a("b")], m), "ab"),
    "body with a rest": Shape(lambda m: group(a("a"), a("b")) | m | a("d"), "ab", never="d"),
    "chain in a group": Shape(lambda m: group(m | a("b"), a("c")), "c", never="b"),
    "chain in a header": Shape(lambda m: a("a") | group(m | a("b"), a("c")) | a("d"), "ac", "", "d", "b"),
    "group in a group": Shape(lambda m: group(group(m, a("b")), a("c")), "bc"),
    "link": Shape(_linked, later=("callback",)),
    "link_error": Shape(_watched, errbacks=("errback",)),
}

_MEMBERS: Final[dict[str, Callable[[], Signature]]] = {
    "retried": lambda: of(hesitates, "m"),
    "replaced": lambda: of(hands_over, "m", "m"),
    "failing": lambda: of(breaks, "m"),
    "revoked": lambda: a("m").set(countdown=WAIT),
    "killed": lambda: of(is_killed, "m"),
}

_ITEMS: Final = {"failing": breaks_at, "revoked": passes, "killed": is_killed_at}


def _of_items(kind: str, fate: str) -> Signature:
    task = _ITEMS[fate]
    parts = {"map": lambda: task.map([1, 2]), "starmap": lambda: task.starmap([(1,), (2, 3)])}
    made = parts[kind]().set(shadow="m")
    return a("a") | (made.set(countdown=WAIT) if fate == "revoked" else made) | a("c")


def _with_chunks(fate: str) -> Signature:
    chunks = _ITEMS[fate].chunks([(1, True), (2, False)], 1).group()
    for part, label in zip(chunks.tasks, "mb", strict=True):
        part.set(shadow=label)
    if fate == "revoked":
        chunks.tasks[0].set(countdown=WAIT)
    return a("a") | chunks | a("c")


def _canvas(shape: Shape, fate: str) -> Canvas:
    def make() -> Signature:
        return shape.make(_MEMBERS[fate]())

    if fate in GOOD_FATES:
        all_others = shape.besides + shape.bodies + shape.late_bodies + shape.never
        return Canvas(make, "m" + all_others, later=(*shape.later, *(["x"] if fate == "replaced" else [])))
    return _ended_badly(shape, fate, make)


def _ended_badly(shape: Shape, fate: str, make: Callable[[], Signature]) -> Canvas:
    is_revoked = fate == "revoked"
    return Canvas(
        make,
        shape.besides,
        shape.bodies + ("" if is_revoked else shape.late_bodies + "m"),
        shape.never + (shape.late_bodies if is_revoked else ""),
        "m" if is_revoked else "",
        () if is_revoked else shape.errbacks,
    )


def _canvases(fate: str) -> dict[str, Canvas]:
    found = {f"{name}, {fate}": _canvas(shape, fate) for name, shape in SHAPES.items()}
    if fate in _ITEMS:
        inside, header = SHAPES["inside a chain"], SHAPES["header in a chain"]
        for kind in ("map", "starmap"):
            found[f"{kind}, {fate}"] = _ended_badly(inside, fate, partial(_of_items, kind, fate))
        found[f"chunks, {fate}"] = _ended_badly(header, fate, partial(_with_chunks, fate))
    return found


KINDS: Final[dict[str, dict[str, Canvas]]] = {
    "all": CANVASES,
    "killed": KILLED,
    **{f"a member that is {fate}": _canvases(fate) for fate in _MEMBERS},
}
"""All canvases, in portions that are followed at the same time."""
