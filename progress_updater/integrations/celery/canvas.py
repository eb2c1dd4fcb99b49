"""What a message tells of the tasks that follow: the rest of its chain, the body of its chord.

A message of protocol 2 carries {"callbacks", "errbacks", "chain", "chord"} beside its arguments; "chain"
holds the signatures that follow, the last one first (celery/app/amqp.py, as_task_v2; celery/canvas.py).
Celery has given ids to most of them already, as options["task_id"]; what has none is left out here. A
worker's request has attributes of the same names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from progress_updater.recording.clean import printed, task_key

MOST: Final = 10_000
"""Calls that are read from one message."""
DEEPEST: Final = 50
"""Levels of signatures inside each other that are read."""

Fields = Mapping[str, Any]


class Place(NamedTuple):
    """Where a call stands in a group."""

    group: str
    position: int


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


def place_of(fields: Fields) -> Place | None:
    """Tell the place of a call in its group.

    Each task of a chain that is a member of a group stands at that place. A chord's body is no member of the
    group that it waits for, though it names it: it has no index.

    Args:
        fields: as above.

    Returns:
        None outside of any group.
    """
    return _place(fields.get("group"), fields.get("group_index")) or _place_of_end(fields.get("chain"))


def outermost_group(fields: Fields) -> str | None:
    """Find the group around all groups that a call stands in.

    Args:
        fields: as above.

    Returns:
        None outside of any group.
    """
    place, signature = place_of(fields), fields.get("chord") or _chord_of_end(fields.get("chain"))
    for _ in range(DEEPEST):
        if not isinstance(signature, Mapping):
            break
        end = _end(signature)
        chain = _options(end).get("chain")
        place = _own_place(end) or _place_of_end(chain) or place
        signature = _options(end).get("chord") or _chord_of_end(chain)
    return None if place is None else place.group


def rest_of(fields: Fields, *, known: Callable[[str], bool] = lambda _: False) -> list[Call]:
    """Read the calls that follow once this one, and what it waits with, has succeeded.

    Args:
        fields: as above.
        known: tells of an id whether what begins with it was read before; that is passed over.

    Returns:
        Each call once, in the order in which they come.
    """
    own, place = task_key(fields.get("id")), place_of(fields)
    chain, chord = _in_order(fields.get("chain")), fields.get("chord")
    reading = _Reading()
    if chain and not _begins_with(chain[0], known):
        reading.follow(chain, _After(own), place, 0)
    if chord and not _begins_with(chord, known):
        group = place.group if place is not None else _key(fields.get("group"))
        reading.read(chord, _After(group, is_group=True), None, 0)
    return list(reading.calls.values())


def _begins_with(signature: Any, known: Callable[[str], bool]) -> bool:
    for _ in range(DEEPEST):
        header = _kwargs(signature).get("header")
        inside = next(iter(_tasks(signature) or _listed(header) or [header]))
        if _kind(signature) not in _READERS or not isinstance(inside, Mapping):
            break
        signature = inside
    key = _key(_options(signature).get("task_id"))
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
        "chain": _without_rest(_listed(fields.get("chain"))[-1:]),
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
            (_options(_end(signature)).get("task_id"), _options(_end(signature)).get("chord"))
            for signature in _in_order(fields.get("chain"))
        ]
    return {
        body: task_key(member)
        for member, chord in waiting
        if member is not None and isinstance(chord, Mapping)
        for body in _results_of(chord)
    }


def _results_of(chord: Fields) -> list[str]:
    if _kind(chord) == "group":
        return [key for task in _tasks(chord) for key in _results_of(_end(task))]
    key = _key(_options(chord).get("task_id"))
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
        place = place or (_own_place(_end(waiting[-1])) if waiting else None)
        for signature in waiting:
            after = self.read(signature, after, place, depth)
        return after

    def read(self, signature: Any, after: _After, place: Place | None, depth: int) -> _After:
        """Read a signature and what follows it; return what the next one waits for."""
        if not isinstance(signature, Mapping) or depth > DEEPEST or len(self.calls) >= MOST:
            return _After(None)
        options = _options(signature)
        chain = options.get("chain")
        place = place or _own_place(signature) or _place_of_end(chain)
        end = _READERS.get(_kind(signature), _Reading._read_task)(self, signature, after, place, depth + 1)
        if chain:
            end = self.follow(_in_order(chain), end, place, depth + 1)
        if options.get("chord"):
            group = None if place is None else place.group
            self.read(options["chord"], _After(group, is_group=True), None, depth + 1)
        return end

    def _read_task(self, signature: Fields, after: _After, place: Place | None, _: int) -> _After:
        options = _options(signature)
        key = _key(options.get("task_id"))
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
        return self.follow(_tasks(signature), after, place, depth)

    def _read_group(self, signature: Fields, after: _After, _: Place | None, depth: int) -> _After:
        return self._read_members(_tasks(signature), _key(_options(signature).get("task_id")), after, depth)

    def _read_members(self, tasks: list[Any], group: str | None, after: _After, depth: int) -> _After:
        for index, task in enumerate(tasks):
            given = _options(_end(task)).get("group_index") if isinstance(task, Mapping) else None
            self.read(task, after, _place(group, index if given is None else given), depth)
        return _After(group, is_group=True)

    def _read_chord(self, signature: Fields, after: _After, place: Place | None, depth: int) -> _After:
        header = _kwargs(signature).get("header")
        is_group = isinstance(header, Mapping)
        key = (_options(header).get("task_id") if is_group else None) or _options(signature).get("task_id")
        tasks = _tasks(header) if is_group else _listed(header)
        group = self._read_members(tasks, _key(key), after, depth)
        return self.read(_kwargs(signature).get("body"), group, place, depth)

    def _read_chunks(self, *_: Any) -> _After:
        # It becomes a group under other ids, which nobody knows yet.
        return _After(None)


_READERS: Final[dict[str | None, Callable[..., _After]]] = {
    "chain": _Reading._read_chain,  # noqa: SLF001
    "group": _Reading._read_group,  # noqa: SLF001
    "chord": _Reading._read_chord,  # noqa: SLF001
    "chunks": _Reading._read_chunks,  # noqa: SLF001
}


def _in_order(chain: Any) -> list[Any]:
    return _listed(chain)[::-1]


def _listed(signatures: Any) -> list[Any]:
    is_list = isinstance(signatures, Iterable) and not isinstance(signatures, (str, bytes, Mapping))
    return list(signatures) if is_list else []


def _place_of_end(chain: Any) -> Place | None:
    return _own_place(_end(chain[0])) if isinstance(chain, Sequence) and chain else None


def _chord_of_end(chain: Any) -> Any:
    return _options(_end(chain[0])).get("chord") if isinstance(chain, Sequence) and chain else None


def _end(signature: Any) -> Any:
    """Find the task, or the group, whose result is that of a signature."""
    for _ in range(DEEPEST):
        kind = _kind(signature)
        if kind == "chord":
            inner = _kwargs(signature).get("body")
        elif kind == "chain":
            inner = next(iter(_tasks(signature)[-1:]), None)
        else:
            break
        if not isinstance(inner, Mapping):
            break
        signature = inner
    return signature


def _without_rest(signatures: list[Any]) -> list[Any]:
    return [
        {
            **signature,
            "options": {
                name: value for name, value in _options(signature).items() if name not in {"chain", "chord"}
            },
        }
        for signature in signatures
        if isinstance(signature, Mapping)
    ]


def _kind(signature: Any) -> str | None:
    if not isinstance(signature, Mapping):
        return None
    return "chunks" if signature.get("task") == "celery.chunks" else signature.get("subtask_type")


def _options(signature: Any) -> Fields:
    return _mapping(signature, "options")


def _kwargs(signature: Any) -> Fields:
    return _mapping(signature, "kwargs")


def _tasks(signature: Any) -> list[Any]:
    return _listed(_kwargs(signature).get("tasks"))


def _mapping(signature: Any, name: str) -> Fields:
    found = signature.get(name) if isinstance(signature, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _own_place(signature: Any) -> Place | None:
    options = _options(signature)
    return _place(options.get("group_id"), options.get("group_index"))


def _place(group: Any, index: Any) -> Place | None:
    return Place(task_key(group), index) if group is not None and isinstance(index, int) else None


def _key(value: Any) -> str | None:
    return None if value is None else task_key(value)
