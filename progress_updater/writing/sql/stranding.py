"""Read and settle the tasks of a tree that wait for one that was lost."""

from typing import Any, Final

from progress_updater import states
from progress_updater.models import TaskLog
from progress_updater.writing.sql.dialect import Dialect

STRANDED: Final = "WaitsForLost"
"""The type of what a stranded task says; by it such a task is found again."""

_SETTLED: Final = ("state", "end", "end_seq", "exception", "exception_type")


def trees_with_lost(dialect: Dialect, cursor: Any, trees: list[str]) -> list[str]:
    """Find those trees that have a lost task, or one that is settled because of such a task.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        trees: their keys, one or more.
    """
    tree, state, run, kind = map(dialect.quote, ("tree", "state", "run", "exception_type"))
    cursor.execute(
        f"SELECT DISTINCT {tree} FROM {dialect.table(TaskLog)} WHERE {dialect.is_one_of('tree', trees)} "
        f"AND ({state} = '{states.LOST}' "
        f"OR ({state} = '{states.IGNORED}' AND {run} = '' AND {kind} = '{STRANDED}'))",
        trees,
    )
    return sorted(key for (key,) in cursor.fetchall())


def members_of_tree(dialect: Dialect, cursor: Any, tree: str, before: Any) -> list[tuple[Any, ...]]:
    """Read the tasks of a tree.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        tree: its key.
        before: a time; who was lost earlier is lost for long.

    Returns:
        Rows with the values of a Member of stranding.py.
    """
    quote = dialect.quote
    is_sent = f"CASE WHEN {quote('queued')} IS NULL THEN 0 ELSE 1 END"
    is_long_lost = f"CASE WHEN {quote('state')} = '{states.LOST}' AND {quote('end')} < %s THEN 1 ELSE 0 END"
    columns = dialect.columns(("id", "task_uuid", "task_name", "state", "run", "group", "previous"))
    cursor.execute(
        f"SELECT {columns}, {is_sent}, {is_long_lost}, {quote('exception_type')} "
        f"FROM {dialect.table(TaskLog)} WHERE {quote('tree')} = %s",
        [before, tree],
    )
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def strand(dialect: Dialect, cursor: Any, ids: list[int], text: str, now: Any) -> None:
    """Settle tasks that wait for a lost one, unless they have begun, or were sent, meanwhile.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        ids: the keys of their logs.
        text: what they say of it.
        now: the time.
    """
    waits = f"{dialect.quote('state')} = '{states.PENDING}' AND {dialect.quote('queued')} IS NULL"
    values = dict(zip(_SETTLED, ("%s", "%s", f"{dialect.quote('seq')} + 1", "%s", "%s"), strict=True))
    _change(dialect, cursor, ids, waits, values, [states.IGNORED, now, text, STRANDED], now)


def release_stranded(dialect: Dialect, cursor: Any, ids: list[int], now: Any) -> None:
    """Have tasks wait again that were settled so.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        ids: the keys of their logs.
        now: the time.
    """
    quote = dialect.quote
    is_stranded = f"{quote('state')} = '{states.IGNORED}' AND {quote('exception_type')} = '{STRANDED}'"
    values = dict(zip(_SETTLED, ("%s", "NULL", "NULL", "NULL", "NULL"), strict=True))
    _change(dialect, cursor, ids, is_stranded, values, [states.PENDING], now)


def _change(
    dialect: Dialect,
    cursor: Any,
    ids: list[int],
    condition: str,
    values: dict[str, str],
    parameters: list[Any],
    now: Any,
) -> None:
    quote, log = dialect.quote, dialect.table(TaskLog)
    if dialect.lock:
        # In the order that all writers keep.
        cursor.execute(
            f"SELECT log.{quote('id')} FROM {log} log WHERE {dialect.is_one_of('id', ids)} "
            f"ORDER BY log.{quote('task_uuid')} {dialect.lock}",
            ids,
        )
        cursor.fetchall()
    # Of MariaDB's assignments each sees those before it: seq comes last.
    assigned = dialect.assign({**values, "updated": "%s", "seq": f"{quote('seq')} + 1"})
    cursor.execute(
        f"UPDATE {log} SET {assigned} WHERE {dialect.is_one_of('id', ids)} "
        f"AND {quote('run')} = '' AND {condition}",
        [*parameters, now, *ids],
    )
