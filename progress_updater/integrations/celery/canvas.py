"""What a message tells of the tasks that follow: the rest of its chain, the body of its chord.

A message of protocol 2 carries {"callbacks", "errbacks", "chain", "chord"} beside its arguments; "chain"
holds the signatures that follow, the last one first (celery/app/amqp.py, as_task_v2; celery/canvas.py).
Celery has given ids to most of them already, as options["task_id"]; what has none is left out here. A
worker's request has attributes of the same names.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from progress_updater.integrations.celery.places import Place, own_place, place_at, place_of, place_of_end
from progress_updater.integrations.celery.signatures import (
    DEEPEST,
    Fields,
    end_of,
    in_order,
    key_of,
    kind_of,
    kwargs_of,
    listed,
    options_of,
    tasks_of,
)
from progress_updater.recording.clean import printed, task_key

MOST: Final = 10_000
"""Calls that are read from one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A task that Celery will send later, under an id that it has chosen already."""

    id: str
    name: str
    shadow: str | None
    previous: str | None
    """The task, or the group, after whose success it is sent."""
    follows_group: bool
    place: Place | None


def embedded_in(body: Any) -> Fields:
    """Return the last part of the body of a message: arguments, keyword arguments, and what it embeds.

    Args:
        body: of protocol 2; anything else embeds nothing.
    """
    match body:
        case [_, _, Mapping() as embedded]:
            return embedded
    return {}


def has_rest(fields: Fields) -> bool:
    """Tell whether Celery sends more tasks once this one has succeeded; callbacks do not count.

    Args:
        fields: headers and the last part of the body of a message, or the attributes of a request.
    """
    return bool(fields.get("chain") or fields.get("chord"))


def rest_of(fields: Fields, *, known: Callable[[str], bool] = lambda _: False) -> list[Call]:
    """Read the calls that follow once this one, and what it waits with, has succeeded.

    Args:
        fields: as above.
        known: tells of an id whether what begins with it was read before; that is passed over.

    Returns:
        Each call once, in the order in which they come.
    """
    own, place = task_key(fields.get("id")), place_of(fields)
    chain, chord = in_order(fields.get("chain")), fields.get("chord")
    reading = _Reading()
    if chain and not _begins_with(chain[0], known):
        reading.follow(chain, _After(own), place, 0)
    if chord and not _begins_with(chord, known):
        group = place.group if place is not None else key_of(fields.get("group"))
        reading.read(chord, _After(group, is_group=True), None, 0)
    return list(reading.calls.values())


def _begins_with(signature: Any, known: Callable[[str], bool]) -> bool:
    for _ in range(DEEPEST):
        header = kwargs_of(signature).get("header")
        inside = next(iter(tasks_of(signature) or listed(header) or [header]))
        if kind_of(signature) not in _READERS or not isinstance(inside, Mapping):
            break
        signature = inside
    key = key_of(options_of(signature).get("task_id"))
    return key is not None and known(key)


def successors_of(fields: Fields) -> dict[str, Call]:
    """Read only those calls that this task itself may send when it has succeeded.

    Args:
        fields: as above.

    Returns:
        The calls by their ids.
    """
    next_ones = {
        **fields,
        "chain": _without_rest(listed(fields.get("chain"))[-1:]),
        "chord": next(iter(_without_rest([fields.get("chord")])), None),
    }
    return {call.id: call for call in rest_of(next_ones)}


def failing_bodies(fields: Fields, *, with_chain: bool = True) -> dict[str, str]:
    """Find the chord bodies for which Celery stores a ChordError when this call fails.

    Args:
        fields: as above.
        with_chain: whether Celery fails the rest of the chain too; it does not when a task is revoked.

    Returns:
        By the id of the body, the id of the member of the header that the error names.
    """
    waiting = [(fields.get("id"), fields.get("chord"))]
    if with_chain:
        waiting += [
            (options_of(end_of(signature)).get("task_id"), options_of(end_of(signature)).get("chord"))
            for signature in in_order(fields.get("chain"))
        ]
    return {
        body: task_key(member)
        for member, chord in waiting
        if member is not None and isinstance(chord, Mapping)
        for body in _results_of(chord)
    }


def _results_of(chord: Fields) -> list[str]:
    if kind_of(chord) == "group":
        return [key for task in tasks_of(chord) for key in _results_of(end_of(task))]
    key = key_of(options_of(chord).get("task_id"))
    return [] if key is None else [key]


class _After(NamedTuple):
    """What a call waits for."""

    key: str | None
    is_group: bool = False


class _Reading:
    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}

    def follow(self, signatures: Iterable[Any], after: _After, place: Place | None, depth: int) -> _After:
        """Read signatures that come one after the other."""
        waiting = list(signatures)
        place = place or (own_place(end_of(waiting[-1])) if waiting else None)
        for signature in waiting:
            after = self.read(signature, after, place, depth)
        return after

    def read(self, signature: Any, after: _After, place: Place | None, depth: int) -> _After:
        """Read a signature and what follows it; return what the next one waits for."""
        if not isinstance(signature, Mapping) or depth > DEEPEST or len(self.calls) >= MOST:
            return _After(None)
        options = options_of(signature)
        chain = options.get("chain")
        place = place or own_place(signature) or place_of_end(chain)
        end = _READERS.get(kind_of(signature), _Reading._read_task)(self, signature, after, place, depth + 1)
        if chain:
            end = self.follow(in_order(chain), end, place, depth + 1)
        if options.get("chord"):
            group = None if place is None else place.group
            self.read(options["chord"], _After(group, is_group=True), None, depth + 1)
        return end

    def _read_task(self, signature: Fields, after: _After, place: Place | None, _: int) -> _After:
        options = options_of(signature)
        key = key_of(options.get("task_id"))
        if key is None:
            return _After(None)
        call = Call(
            id=key,
            name=printed(signature.get("task")),
            shadow=options.get("shadow"),
            previous=after.key,
            follows_group=after.is_group,
            place=place,
        )
        self.calls.setdefault(key, call)
        return _After(key)

    def _read_chain(self, signature: Fields, after: _After, place: Place | None, depth: int) -> _After:
        return self.follow(tasks_of(signature), after, place, depth)

    def _read_group(self, signature: Fields, after: _After, _: Place | None, depth: int) -> _After:
        return self._read_members(
            tasks_of(signature), key_of(options_of(signature).get("task_id")), after, depth
        )

    def _read_members(self, tasks: list[Any], group: str | None, after: _After, depth: int) -> _After:
        for index, task in enumerate(tasks):
            given = options_of(end_of(task)).get("group_index") if isinstance(task, Mapping) else None
            self.read(task, after, place_at(group, index if given is None else given), depth)
        return _After(group, is_group=True)

    def _read_chord(self, signature: Fields, after: _After, place: Place | None, depth: int) -> _After:
        header = kwargs_of(signature).get("header")
        is_group = isinstance(header, Mapping)
        key = (options_of(header).get("task_id") if is_group else None) or options_of(signature).get(
            "task_id"
        )
        tasks = tasks_of(header) if is_group else listed(header)
        group = self._read_members(tasks, key_of(key), after, depth)
        return self.read(kwargs_of(signature).get("body"), group, place, depth)

    def _read_chunks(self, *_: Any) -> _After:
        # It becomes a group under other ids, which nobody knows yet.
        return _After(None)


_READERS: Final[dict[str | None, Callable[..., _After]]] = {
    "chain": _Reading._read_chain,  # noqa: SLF001
    "group": _Reading._read_group,  # noqa: SLF001
    "chord": _Reading._read_chord,  # noqa: SLF001
    "chunks": _Reading._read_chunks,  # noqa: SLF001
}


def _without_rest(signatures: list[Any]) -> list[Any]:
    return [
        {
            **signature,
            "options": {
                name: value for name, value in options_of(signature).items() if name not in {"chain", "chord"}
            },
        }
        for signature in signatures
        if isinstance(signature, Mapping)
    ]
