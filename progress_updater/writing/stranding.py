"""Which tasks wait in vain: one before them was lost with its worker, and has not come back yet."""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from progress_updater import states, wording
from progress_updater.settings import current
from progress_updater.writing.moments import Moment
from progress_updater.writing.sql import Dialect
from progress_updater.writing.sql.stranding import (
    STRANDED,
    members_of_tree,
    release_stranded,
    strand,
    trees_with_lost,
)


class Member(NamedTuple):
    """What counts here of a task of a tree."""

    id: int
    task_uuid: str
    task_name: str
    state: str
    run: str
    group: str | None
    previous: str | None
    is_sent: bool
    is_long_lost: bool
    exception_type: str | None

    @property
    def is_stranded(self) -> bool:
        """Whether it is IGNORED only because it waits for a lost task."""
        return self.state == states.IGNORED and not self.run and self.exception_type == STRANDED

    @property
    def waits(self) -> bool:
        """Whether Celery has not sent it yet."""
        return not (self.run or self.is_sent) and (self.state == states.PENDING or self.is_stranded)

    @property
    def ended_badly(self) -> bool:
        """Whether Celery sends nothing after it."""
        return self.state in states.BAD or (self.state == states.IGNORED and not self.is_stranded)


def settle_stranded(dialect: Dialect, cursor: Any, trees: list[str], moment: Moment, now: float) -> None:
    """Settle what waits for a task that is LOST for long, and have it wait again where that has come back.

    Args:
        dialect: of the database.
        cursor: of the transaction that has locked the trees.
        trees: their keys.
        moment: makes parameters of times.
        now: seconds since the epoch.
    """
    before = moment(now - current().LOST_AFTER)
    for tree in trees_with_lost(dialect, cursor, trees) if trees else ():
        members = [Member(*row) for row in members_of_tree(dialect, cursor, tree, before)]
        in_vain, again = stranded(members)
        for lost, waiting in in_vain.items():
            strand(dialect, cursor, waiting, wording.stranded(lost), moment(now))
        if again:
            release_stranded(dialect, cursor, again, moment(now))


def stranded(members: list[Member]) -> tuple[dict[str, list[int]], list[int]]:
    """Tell which tasks of a tree wait in vain, and which do so no more.

    Args:
        members: all tasks of the tree.

    Returns:
        By the name of the lost task, the keys of those that wait for it; the keys of those that were settled
        for such a reason, which is gone.
    """
    in_vain: dict[str, list[int]] = defaultdict(list)
    for member, lost in _waiting_for(members, (each for each in members if each.is_long_lost)):
        if member.state == states.PENDING:
            in_vain[lost.task_name].append(member.id)
    settled = {each.id for each in members if each.is_stranded}
    without = {
        member.id for member, _ in _waiting_for(members, (each for each in members if each.ended_badly))
    }
    return in_vain, sorted(settled - without)


def _waiting_for(members: list[Member], origins: Iterable[Member]) -> list[tuple[Member, Member]]:
    """Find all that wait for some tasks, also in several steps; each with the one that it waits for."""
    following: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.waits and member.previous is not None:
            following[member.previous].append(member)
    found: dict[int, tuple[Member, Member]] = {}
    reached = deque((origin, origin) for origin in origins)
    while reached:
        member, origin = reached.popleft()
        # What follows a group waits for each of its members.
        for key in filter(None, (member.task_uuid, member.group)):
            for follower in following[key]:
                if follower.id not in found:
                    found[follower.id] = follower, origin
                    reached.append((follower, origin))
    return list(found.values())
