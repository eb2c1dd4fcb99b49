"""One reader's look at one log: what the answer needs, each thing read once and only when asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from progress_updater.models import TaskLog
from progress_updater.policy import Audience
from progress_updater.snapshot.entries import Entries
from progress_updater.snapshot.rows import AttemptRow, StepNode, attempts_of, nodes_of, tags_of
from progress_updater.snapshot.tree import Tree
from progress_updater.snapshot.whole import wholes_of


class UnknownAttempt(LookupError):
    """The log has no attempt of that number. Ask for one that stands in its "attempts"."""


class Reading:
    """Look at a log.

    Whoever reads the log's row first (seq = S), then rows up to S, sees a complete picture: all changes up
    to S were stored before it. What is stored meanwhile has a higher seq, and is left for the next answer.

    Args:
        log: the log's row, as it was just read.
        audience: for whom.
        attempt: the number of the attempt to show; None for the default of the kind of answer.
        read_entries: reads the steps and lines of the answer.
    """

    def __init__(
        self,
        log: TaskLog,
        audience: Audience,
        *,
        attempt: int | None = None,
        read_entries: Callable[["Reading"], Entries] | None = None,
    ) -> None:
        self.log = log
        self.audience = audience
        self.now = datetime.now(UTC)
        self._wanted = attempt
        self._read_entries = read_entries
        self._trees: dict[int, Tree] = {}

    @cached_property
    def by_id(self) -> dict[int, AttemptRow]:
        """The attempts by their keys in the database, the first one first."""
        return {row.id: row for row in attempts_of([self.log.pk])}

    @cached_property
    def attempts(self) -> list[AttemptRow]:
        """The attempts up to the cursor, the first one first."""
        return [row for row in self.by_id.values() if row.number <= self.log.attempts]

    @cached_property
    def tags(self) -> list[str]:
        """The log's tags, by the alphabet."""
        return [tag for _, tag in tags_of([self.log.pk])]

    @cached_property
    def whole(self) -> dict[str, Any] | None:
        """How far all the tasks are that it belongs to; None for a task alone."""
        return wholes_of([self.log.tree]).get(self.log.tree)

    @property
    def latest(self) -> AttemptRow | None:
        """The newest attempt, None before the first one."""
        return self.attempts[-1] if self.attempts else None

    @cached_property
    def asked_for(self) -> AttemptRow | None:
        """The attempt that the reader named, None if none was named.

        Raises:
            UnknownAttempt: there is no such attempt.
        """
        if self._wanted is None:
            return None
        for row in self.attempts:
            if row.number == self._wanted:
                return row
        raise UnknownAttempt(self._wanted)

    @property
    def shown(self) -> AttemptRow | None:
        """The attempt that the reader named, else the newest one."""
        return self.asked_for or self.latest

    @cached_property
    def entries(self) -> Entries:
        """The steps and lines of the answer."""
        assert self._read_entries is not None
        return self._read_entries(self)

    def trees(self, attempt_ids: Iterable[int]) -> dict[int, Tree]:
        """Return the trees of some attempts, and read those that are not there yet.

        Args:
            attempt_ids: keys of attempts in the database.

        Returns:
            All trees that are known, by these keys.
        """
        self._trees.update(trees_of(set(attempt_ids) - self._trees.keys()))
        return self._trees

    def keep_trees(self, trees: Mapping[int, Tree]) -> None:
        """Take trees that were read for several logs at once."""
        self._trees.update(trees)

    def keep_tree(self, attempt_id: int, tree: Tree) -> None:
        """Take a tree that was made from rows that had to be read anyway."""
        self._trees[attempt_id] = tree


def trees_of(attempt_ids: Iterable[int]) -> dict[int, Tree]:
    """Read the trees of some attempts, in one query.

    Args:
        attempt_ids: keys of attempts in the database.

    Returns:
        The trees by these keys.
    """
    wanted = sorted(attempt_ids)
    nodes: dict[int, list[StepNode]] = defaultdict(list)
    for node in nodes_of(wanted) if wanted else ():
        nodes[node.attempt_id].append(node)
    return {key: Tree(nodes[key]) for key in wanted}
