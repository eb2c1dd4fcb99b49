"""What one process does for all of them: whose turn it is, and the rows of processes that are gone."""

from typing import Any, Final

from progress_updater import clock, states
from progress_updater.models import Attempt, Process
from progress_updater.writing.sql.dialect import Dialect

LOOKED_AT: Final = 500  # rows of processes in one go


def takes_turn(dialect: Dialect, cursor: Any, pause: float) -> bool:
    """Take the turn to delete what is old, unless a process has taken it a short while ago.

    The oldest row of all processes says when that was: of many that ask at the same moment, one changes it.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        pause: seconds that have to lie between two turns.

    Returns:
        Whether it is the turn of this process.
    """
    quote, vendor = dialect.quote, dialect.connection.vendor
    process, key, pruned = dialect.table(Process), quote("id"), quote("pruned")
    # MariaDB reads a table that it changes only through a table of its own.
    oldest = f"SELECT {key} FROM (SELECT MIN({key}) AS {key} FROM {process}) AS oldest"
    cursor.execute(
        f"UPDATE {process} SET {pruned} = {clock.now(vendor)} WHERE {key} = ({oldest}) "
        f"AND ({pruned} IS NULL OR {clock.age(vendor, pruned)} >= %s)",
        [pause],
    )
    return bool(cursor.rowcount)


def delete_processes(dialect: Dialect, cursor: Any, silent_for: float, after: int) -> int:
    """Delete rows of processes that are silent for long and to which no attempt refers, some at a time.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        silent_for: seconds.
        after: the key after which to look: 0, and then what the call before has returned.

    Returns:
        The last key that was looked at; 0 where there were no more.
    """
    quote, process = dialect.quote, dialect.table(Process)
    key = quote("id")
    cursor.execute(f"SELECT {key} FROM {process} WHERE {key} > %s ORDER BY {key} LIMIT {LOOKED_AT}", [after])
    keys = [key for (key,) in cursor.fetchall()]
    if keys:
        _delete_unused(dialect, cursor, keys, silent_for)
    return keys[-1] if len(keys) == LOOKED_AT else 0


def _delete_unused(dialect: Dialect, cursor: Any, keys: list[int], silent_for: float) -> None:
    quote, process, attempt = dialect.quote, dialect.table(Process), dialect.table(Attempt)
    heard = f"COALESCE({quote('heartbeat')}, {quote('started')})"
    # The index on attempts begins with their state.
    any_state = ", ".join(f"'{state}'" for state in states.STATES)
    used = (
        f"SELECT 1 FROM {attempt} WHERE {attempt}.{quote('state')} IN ({any_state}) "
        f"AND {attempt}.{quote('process_id')} = {process}.{quote('id')}"
    )
    # The row that tells whose turn it is stays.
    cursor.execute(
        f"DELETE FROM {process} WHERE {dialect.is_one_of('id', keys)} AND {quote('pruned')} IS NULL "
        f"AND {clock.age(dialect.connection.vendor, heard)} > %s AND NOT EXISTS ({used})",
        [*keys, silent_for],
    )
