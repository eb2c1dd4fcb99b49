"""Count the tasks of a tree, in the database alone."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from progress_updater import states
from progress_updater.models import Attempt, TaskLog, TaskTree
from progress_updater.writing.sql.dialect import Dialect

TREE: Final = ("key", "tasks", "done", "failed", "percent", "updated")

_TERMINAL: Final = ", ".join(f"'{state}'" for state in sorted(states.TERMINAL))
_BAD: Final = ", ".join(f"'{state}'" for state in sorted(states.BAD))


class Counted(NamedTuple):
    """What was counted of a tree before."""

    updated: Any
    """When that was."""
    failed: int


def tree_of(dialect: Dialect, cursor: Any, task_uuid: str) -> list[str]:
    """Find the tree of a task.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        task_uuid: the task's id, as it is stored.

    Returns:
        Its key; nothing where it has none, or is not known.
    """
    tree, uuid = map(dialect.quote, ("tree", "task_uuid"))
    cursor.execute(
        f"SELECT {tree} FROM {dialect.table(TaskLog)} WHERE {uuid} = %s AND {tree} IS NOT NULL", [task_uuid]
    )
    return [key for (key,) in cursor.fetchall()]


def trees_left_by(dialect: Dialect, cursor: Any, run: str, since: Any) -> list[str]:
    """Find the trees whose tasks ended lately in the process of a run.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        run: the run.
        since: a time.

    Returns:
        Their keys.
    """
    quote, attempt = dialect.quote, dialect.table(Attempt)
    # By what ended lately, whoever ran it: a process may have run millions of tasks.
    cursor.execute(
        f"SELECT DISTINCT log.{quote('tree')} FROM {dialect.table(TaskLog)} log "
        f"JOIN {attempt} ended ON ended.{quote('task_log_id')} = log.{quote('id')} "
        f"JOIN {attempt} dead ON dead.{quote('process_id')} = ended.{quote('process_id')} "
        f"WHERE dead.{quote('run')} = %s AND log.{quote('state')} IN ({_TERMINAL}) "
        f"AND log.{quote('end')} > %s AND log.{quote('tree')} IS NOT NULL",
        [run, since],
    )
    return [key for (key,) in cursor.fetchall()]


def lock_trees(dialect: Dialect, cursor: Any, keys: Iterable[str], long_ago: Any) -> dict[str, Counted]:
    """Lock the rows of trees, and make those that are not there.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        keys: of the trees, in the order that all writers keep.
        long_ago: a time, for trees that were never counted.

    Returns:
        By key, what was counted last.
    """
    rows = [(key, 0, 0, 0, 0.0, long_ago) for key in keys]
    row = f"({', '.join(['%s'] * len(TREE))})"
    statement = (
        f"INSERT INTO {dialect.table(TaskTree)} {dialect.alias_old()} ({dialect.columns(TREE)}) "
        f"VALUES {', '.join([row] * len(rows))} "
        f"{dialect.on_conflict('key')} {dialect.assign({'key': dialect.new('key')})}"
    )
    parameters = [value for row in rows for value in row]
    names = ("key", *Counted._fields)
    fetched = dialect.fetched(cursor, TaskTree, statement, parameters, names, [row[0] for row in rows])
    return {key: Counted(*columns) for key, *columns in fetched}


def count_trees(dialect: Dialect, cursor: Any, keys: list[str], now: Any) -> None:
    """Count the tasks of trees, whose rows are locked: an older count never overwrites a newer one.

    Each task counts the same; one that goes on counts by its own percentage. A task whose log is gone counts
    as done: nobody deletes one that goes on. The percentage never falls.

    Args:
        dialect: of the database.
        cursor: of the transaction that has locked them.
        keys: of the trees.
        now: the time.
    """
    quote, state = dialect.quote, dialect.quote("state")
    ended = f"{state} IN ({_TERMINAL})"
    counts = {
        "key": quote("tree"),
        "tasks": "COUNT(*)",
        "done": f"SUM(CASE WHEN {ended} THEN 1 ELSE 0 END)",
        "failed": f"SUM(CASE WHEN {state} IN ({_BAD}) THEN 1 ELSE 0 END)",
        "percent": f"AVG(CASE WHEN {ended} THEN 100.0 ELSE COALESCE({quote('percent')}, 0.0) END)",
    }
    source = (
        f"SELECT {', '.join(f'{value} AS {quote(name)}' for name, value in counts.items())} "
        f"FROM {dialect.table(TaskLog)} WHERE {quote('tree')} IN ({', '.join(['%s'] * len(keys))}) "
        f"GROUP BY {quote('tree')}"
    )
    dialect.update_from(cursor, TaskTree, "key", (source, keys), (_assignments(dialect), [now]))


def _assignments(dialect: Dialect) -> dict[str, str]:
    old = {name: f"old.{dialect.quote(name)}" for name in TREE}
    new = {name: f"counted.{dialect.quote(name)}" for name in TREE}
    gone = f"(CASE WHEN {old['tasks']} > {new['tasks']} THEN {old['tasks']} - {new['tasks']} ELSE 0 END)"
    percent = f"(({new['percent']} * {new['tasks']} + 100.0 * {gone}) / ({new['tasks']} + {gone}))"
    failed = _greater(old["failed"], new["failed"])
    # MariaDB lets an assignment see those before it: the others read the number of tasks, which comes last.
    return {
        "percent": _greater(old["percent"], percent),
        "failed": f"CASE WHEN {gone} > 0 THEN {failed} ELSE {new['failed']} END",
        "done": f"{new['done']} + {gone}",
        "updated": "%s",
        "tasks": _greater(old["tasks"], new["tasks"]),
    }


def _greater(one: str, other: str) -> str:
    return f"CASE WHEN {one} > {other} THEN {one} ELSE {other} END"
