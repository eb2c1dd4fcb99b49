"""The tasks that belong together, each in its place: a chain side by side, a group as a node of its own."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from progress_updater.models import TaskLog

DEEPEST: Final = 50
"""Levels of an answer; what stands deeper is left out."""


class Key(NamedTuple):
    """Names a node: a task, or a group."""

    kind: str
    id: str


def task_node(task_uuid: str) -> Key:
    """Name the node of a task."""
    return Key("task", task_uuid)


class Canvas:
    """Know where each task of a tree stands; whatever was made by hand, each one stands somewhere, once.

    Args:
        logs: the tasks' logs, in the order in which they were made.
    """

    def __init__(self, logs: Iterable[TaskLog]) -> None:
        self.logs = {log.task_uuid: log for log in logs}
        self._members: dict[str, list[TaskLog]] = defaultdict(list)
        self._after: dict[str, TaskLog] = {}
        for log in self.logs.values():
            if log.group is not None:
                self._members[log.group].append(log)
            if log.previous is not None:
                self._after.setdefault(log.previous, log)
        self._found: dict[Key, Key | None] = {}
        self._inside = self._placed()

    @property
    def outermost(self) -> list[Key]:
        """The nodes that stand in no other one, in order."""
        return self._ordered(self._inside[None])

    def inside(self, node: Key) -> list[Key]:
        """List the nodes inside a node, in order."""
        return self._ordered(self._inside.get(node, []))

    def _placed(self) -> dict[Key | None, list[Key]]:
        nodes = [*(task_node(key) for key in self.logs), *(Key("group", key) for key in self._members)]
        inside: dict[Key | None, list[Key]] = defaultdict(list)
        for node in nodes:
            inside[self._around(node)].append(node)
        reached: set[Key] = set()
        _reach(inside, inside[None], reached)
        for node in nodes:
            # Only what was made by hand is inside of itself.
            if node not in reached:
                inside[self._around(node)].remove(node)
                inside[None].append(node)
                _reach(inside, [node], reached)
        return inside

    def _around(self, node: Key) -> Key | None:
        """Find the node in which a node stands: where what it follows stands, or inside of who sent it."""
        passed: dict[Key, None] = {}
        while node not in passed and node not in self._found:
            passed[node] = None
            log = self._speaker(node)
            around = log.group if node.kind == "task" else self._group_around(node.id)
            before = self._known(log.previous)
            if around is not None:
                self._found[node] = Key("group", around)
            elif before is None:
                has_sender = log.parent in self.logs and log.parent != node.id
                self._found[node] = task_node(str(log.parent)) if has_sender else None
            else:
                node = before
        found = self._found.get(node)
        self._found.update((each, found) for each in passed)
        return found

    def _speaker(self, node: Key) -> TaskLog:
        """Find the log that tells where a node stands: of a group that of a task with which it begins."""
        return self.logs[node.id] if node.kind == "task" else self._first_of(node.id, set())

    def _first_of(self, group: str, seen: set[str]) -> TaskLog:
        members = self._members[group]
        if self._is_followed_as_one(group):
            return members[0]
        for log in members:
            before = self._known(log.previous)
            if before is None or (before.kind == "task" and self.logs[before.id].group != group):
                return log
        # Each member is the body of a chord, whose header stands in the group too.
        seen.add(group)
        inner = [
            log.previous for log in members if log.previous in self._members and log.previous not in seen
        ]
        return self._first_of(str(inner[0]), seen) if inner else members[0]

    def _is_followed_as_one(self, group: str) -> bool:
        """Whether all members of a group come after the same, so that it stands before the group."""
        return len({log.previous for log in self._members[group]}) == 1

    def _group_around(self, group: str) -> str | None:
        """Find the group in which the header of a chord stands, because the chord's body does."""
        body = self._after.get(group)
        if body is None or body.group in {None, group} or self._is_followed_as_one(str(body.group)):
            return None
        return str(body.group)

    def _known(self, key: str | None) -> Key | None:
        if key is None:
            return None
        if key in self.logs:
            return Key("task", key)
        return Key("group", key) if key in self._members else None

    def _ordered(self, nodes: list[Key]) -> list[Key]:
        """Put what follows behind what it follows."""
        siblings = set(nodes)
        followers: dict[Key, list[Key]] = defaultdict(list)
        first: list[Key] = []
        for node in sorted(nodes, key=self._position):
            before = self._known(self._speaker(node).previous)
            (first if before is None or before not in siblings else followers[before]).append(node)
        ordered = dict.fromkeys(_depth_first(first, followers))
        return list(ordered | dict.fromkeys(nodes))

    def _position(self, node: Key) -> int:
        position = self._speaker(node).position if node.kind == "task" else None
        return 0 if position is None else position


def _reach(inside: dict[Key | None, list[Key]], nodes: list[Key], reached: set[Key]) -> None:
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(inside.get(node, ()))


def _depth_first(first: list[Key], followers: dict[Key, list[Key]]) -> Iterator[Key]:
    waiting, seen = first[::-1], set[Key]()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            waiting.extend(followers[node][::-1])


def levels(canvas: Canvas, make: Callable[[Key], dict[str, Any]]) -> list[dict[str, Any]]:
    """Show all nodes, nested.

    Args:
        canvas: the tasks.
        make: makes the object of a node, with an empty list "children".

    Returns:
        The outermost nodes.
    """
    found: list[dict[str, Any]] = []
    waiting = deque((node, found, 1) for node in canvas.outermost)
    while waiting:
        node, around, depth = waiting.popleft()
        shown = make(node)
        around.append(shown)
        if depth < DEEPEST:
            waiting.extend((inner, shown["children"], depth + 1) for inner in canvas.inside(node))
    return found
