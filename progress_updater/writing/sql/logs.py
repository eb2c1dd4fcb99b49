"""Make and change logs: whose word about a task counts is decided here, by the database."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any, Final, NamedTuple

from progress_updater import states
from progress_updater.models import Attempt, TaskLog, TaskTag
from progress_updater.writing.columns import IDENTITY, SETTLED, SPOKEN
from progress_updater.writing.sql.dialect import Dialect, Rows

LOG: Final = (
    "task_uuid",
    "created",
    "updated",
    "cancel_requested",
    "start",
    "end_seq",
    "state",
    *SETTLED,
    *SPOKEN,
    *IDENTITY,
    "run",
    "seq",
    "attempts",
)

_in_order: Final[Callable[[dict[str, Any]], tuple[Any, ...]]] = itemgetter(*LOG)

_TERMINAL: Final = ", ".join(f"'{state}'" for state in sorted(states.TERMINAL))
_VERDICTS: Final = ", ".join(
    f"'{state}'" for state in sorted({*states.TERMINAL, states.RETRY} - {states.LOST})
)


class StoredLog(NamedTuple):
    """A log after a change."""

    id: int
    seq: int
    """Its cursor."""
    run: str
    """Of its newest attempt."""
    tree: str | None
    cancel_requested: bool
    created: Any
    """As the driver tells it, and takes it."""


def upsert_logs(dialect: Dialect, cursor: Any, rows: list[dict[str, Any]]) -> dict[str, StoredLog]:
    """Make or change logs, and thereby lock them until the transaction ends.

    Args:
        dialect: of the database.
        cursor: of the open transaction.
        rows: values of the columns LOG, one row a task, in the order of the ids, so that two writers
            never wait for each other crosswise; "attempts" is 1 for a run that speaks for its task.

    Returns:
        By task id, what is stored now.
    """
    found: dict[str, StoredLog] = {}
    for portion in dialect.portions(rows, len(LOG) + 1):
        found |= _upsert_logs(dialect, cursor, portion)
    return found


def _upsert_logs(dialect: Dialect, cursor: Any, rows: list[dict[str, Any]]) -> dict[str, StoredLog]:
    values = [_in_order(row) for row in rows]
    computed = {"attempts": partial(_begun_by_unknown_run, dialect)}
    known = f"{dialect.on_conflict('task_uuid')} {_assignments(dialect)}"
    fetch = ("task_uuid", *StoredLog._fields)
    fetched = dialect.upserted(cursor, TaskLog, LOG, values, computed, known, fetch)
    return {uuid: StoredLog(*columns) for uuid, *columns in fetched}


def _begun_by_unknown_run(dialect: Dialect, refer: Callable[[str], str]) -> str:
    # A forked child may have stored the attempt before its parent: then it is PENDING, and unknown yet.
    attempt, run, state = dialect.table(Attempt), dialect.quote("run"), dialect.quote("state")
    begun = refer("attempts")  # as many references as in the text, and in its order
    known = f"stored.{run} = {refer('run')} AND stored.{state} <> '{states.PENDING}'"
    return f"{begun} * (1 - (SELECT COUNT(*) FROM {attempt} stored WHERE {known}))"


def applies(dialect: Dialect) -> str:
    """Say in SQL whether what is told of a task's state counts.

    - Sending a task (PENDING) never changes a state.
    - That a task never comes (IGNORED by a settlement) counts only as long as it has not come; it may still
      be told to have failed.
    - A task that has not ended listens to its newest attempt, to a settlement (which has no run), and to
      the first success of any attempt.
    - After an end only a new attempt is heard, and after a success not even that: the first one is final.
    - A LOST task listens to its newest attempt, and to whoever knows better how it ended.
    - Outside Celery the author decides: a record is reopened, and an id is used again.
    """
    old, new, starts = dialect.old, dialect.new, _starts(dialect)
    same = f"{new('run')} = {old('run')}"
    free = f"{old('celery_name')} IS NULL"
    never = (
        f"{new('run')} = '' AND {new('state')} = '{states.IGNORED}' AND {old('state')} <> '{states.PENDING}'"
    )
    never_came = f"{old('state')} = '{states.IGNORED}' AND {old('run')} = ''"
    return f"""({new("state")} <> '{states.PENDING}' AND NOT ({never}) AND (
        ({old("state")} NOT IN ({_TERMINAL})
            AND ({starts} OR {same} OR {new("run")} = '' OR {new("state")} = '{states.SUCCESS}'))
        OR ({never_came} AND {new("run")} = '' AND {new("state")} = '{states.FAILURE}')
        OR ({old("state")} = '{states.LOST}' AND {new("run")} = '' AND {new("state")} IN ({_VERDICTS}))
        OR ({starts} AND ({old("state")} <> '{states.SUCCESS}' OR {free}))
        OR ({same} AND ({old("state")} = '{states.LOST}' OR {free}))))"""


def _starts(dialect: Dialect) -> str:
    return f"({dialect.new('attempts')} > 0 AND {dialect.new('run')} <> {dialect.old('run')})"


def _assignments(dialect: Dialect) -> str:
    old, new, starts = dialect.old, dialect.new, _starts(dialect)
    # MariaDB lets an assignment see those before it: what others read is assigned after their last use.
    applied = dialect.assign_judged(applies(dialect), partial(_told, dialect))
    assignments = {name: f"COALESCE({old(name)}, {new(name)})" for name in IDENTITY if name != "eta"}
    assignments["attempts"] = f"CASE WHEN {starts} THEN {old('attempts')} + 1 ELSE {old('attempts')} END"
    assignments["run"] = f"CASE WHEN {starts} THEN {new('run')} ELSE {old('run')} END"
    assignments["seq"] = f"{old('seq')} + {new('seq')}"
    assignments["updated"] = new("updated")
    return f"{applied}, {dialect.assign(assignments)}"


def _told(dialect: Dialect, applied: str) -> dict[str, str]:
    """Give the columns that keep their values where the word about a task does not count."""
    old, new = dialect.old, dialect.new
    told = {"start": f"COALESCE({old('start')}, {new('start')})", "end_seq": _end_seq(dialect)}
    told |= {name: new(name) for name in SETTLED}
    told["end"] = _end(dialect)
    # A settlement knows how the task ended, and nothing of how far it came.
    told |= {name: f"CASE WHEN {new('run')} = '' THEN {old(name)} ELSE {new(name)} END" for name in SPOKEN}
    told["state"] = new("state")
    judged = {name: f"CASE WHEN {applied} THEN {value} ELSE {old(name)} END" for name, value in told.items()}
    return {
        "eta": _eta(dialect, applied),
        "cancel_requested": _cancel_requested(dialect, _starts(dialect)),
    } | judged


def _eta(dialect: Dialect, applied: str) -> str:
    """Show when a retry is due, until it begins; before that, when the task was."""
    old, new = dialect.old, dialect.new
    return f"""CASE
        WHEN {new("state")} = '{states.RETRY}'
            THEN CASE WHEN {applied} THEN {new("eta")} ELSE {old("eta")} END
        WHEN {old("state")} = '{states.RETRY}' AND {applied} THEN NULL
        ELSE COALESCE({old("eta")}, {new("eta")}) END"""


def _cancel_requested(dialect: Dialect, starts: str) -> str:
    """Forget it when an id is used again outside Celery; there a cancelled task stays cancelled."""
    old = dialect.old
    used_again = f"{starts} AND {old('celery_name')} IS NULL AND {old('state')} IN ({_TERMINAL})"
    return f"{old('cancel_requested')} AND NOT ({used_again})"


def _end(dialect: Dialect) -> str:
    """Keep when a lost task was heard of last: who knows better how it ended does not know better when."""
    old, new = dialect.old, dialect.new
    heard_last = f"{old('state')} = '{states.LOST}' AND {new('run')} = '' AND {new('end')} IS NOT NULL"
    return f"CASE WHEN {heard_last} THEN {old('end')} ELSE {new('end')} END"


def _end_seq(dialect: Dialect) -> str:
    """Keep the place of an end that is told again."""
    old, new = dialect.old, dialect.new
    again = f"{old('end')} = {new('end')} AND {old('run')} = {new('run')}"
    return f"CASE WHEN {again} THEN {old('end_seq')} ELSE {old('seq')} + {new('end_seq')} END"


def insert_tags(dialect: Dialect, cursor: Any, rows: Rows) -> None:
    """Put tags on logs; a row is (id of the log, tag, when the log was created)."""
    key = ("task_log_id", "tag")
    dialect.insert(cursor, TaskTag, (*key, "created"), rows, dialect.do_nothing(*key))
