"""Delete logs with all their rows, a limited number in one transaction."""

from typing import Any, Final, NamedTuple

from django.db import models

from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag, TaskTree
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.writing.sql.dialect import Dialect

LOGS: Final = 500  # logs in one transaction
ROWS: Final = 10_000  # rows of one table in one transaction

OF_A_LOG: Final[tuple[type[models.Model], ...]] = (Message, Step, TaskTag, Attempt)
"""The tables whose rows belong to a log, each before those that it refers to."""


class Deleted(NamedTuple):
    """What one transaction has deleted."""

    logs: int
    last: int | None
    """The key of the last of them; None where not all rows of a log are deleted yet."""
    goes_on: bool
    """Whether there was something to delete, so that there may be more."""
    is_full: bool
    """Whether it deleted as much as one transaction may."""


class _Chosen(NamedTuple):
    ids: list[int]
    trees: set[str]
    is_full: bool


def delete_some_logs(dialect: Dialect, cursor: Any, logs: TaskLogQuerySet, most: int = LOGS) -> Deleted:
    """Delete some logs with their steps, lines, attempts and tags, and trees that have no task any more.

    A log that somebody is changing is left out, where the database can tell. Of a log with very many rows
    some are deleted, and the log itself once no others are left.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        logs: which, the first ones first; none that goes on.
        most: how many logs at the most.

    Returns:
        How many were deleted.
    """
    chosen = _choose(dialect, cursor, logs, most)
    if not chosen.ids:
        return Deleted(0, None, goes_on=False, is_full=False)
    for model in OF_A_LOG:
        if dialect.delete_some(cursor, model, "task_log_id", chosen.ids, ROWS) == ROWS:
            return Deleted(0, None, goes_on=True, is_full=True)
    cursor.execute(
        f"DELETE FROM {dialect.table(TaskLog)} WHERE {dialect.is_one_of('id', chosen.ids)}", chosen.ids
    )
    _delete_empty_trees(dialect, cursor, sorted(chosen.trees))
    return Deleted(len(chosen.ids), chosen.ids[-1], goes_on=True, is_full=chosen.is_full)


def _choose(dialect: Dialect, cursor: Any, logs: TaskLogQuerySet, most: int) -> _Chosen:
    """Lock logs that have about as many rows together as one transaction deletes, or one log."""
    skips = dialect.connection.features.has_select_for_update_skip_locked
    query = logs.select_for_update(skip_locked=skips).values_list("pk", "seq", "tree")[:most].query
    cursor.execute(*query.get_compiler(connection=dialect.connection).as_sql())
    found = cursor.fetchall()
    ids: list[int] = []
    trees: set[str] = set()
    rows = 0
    for key, seq, tree in found:
        rows += seq  # each row of a log has taken a number of its cursor
        if ids and rows >= ROWS:
            break
        ids.append(key)
        if tree is not None:
            trees.add(tree)
    return _Chosen(ids, trees, is_full=len(found) == most or len(ids) < len(found))


def _delete_empty_trees(dialect: Dialect, cursor: Any, trees: list[str]) -> None:
    if not trees:
        return
    tree, log, key = dialect.table(TaskTree), dialect.table(TaskLog), dialect.quote("key")
    member = f"SELECT 1 FROM {log} WHERE {log}.{dialect.quote('tree')} = {tree}.{key}"
    cursor.execute(
        f"DELETE FROM {tree} WHERE {dialect.is_one_of('key', trees)} AND NOT EXISTS ({member})", trees
    )
