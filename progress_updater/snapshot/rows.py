"""Rows as plain tuples, with times as text: no object is made for a line that is only shown."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from progress_updater.clock import Age
from progress_updater.models import Attempt, Message, Step, TaskTag
from progress_updater.policy import Audience
from progress_updater.snapshot.times import TimeText, conversion_to_utc


class AttemptRow(NamedTuple):
    """One execution."""

    task_log_id: int
    id: int
    number: int
    state: str
    start: str
    end: str | None
    worker: str | None
    failure: dict[str, Any] | None
    host: str | None = None
    pid: int | None = None
    silence: float | None = None
    stalled: dict[str, Any] | None = None


class StepRow(NamedTuple):
    """One step."""

    attempt_id: int
    number: int
    parent: int | None
    name: str
    state: str
    start: str | None
    end: str | None
    current: float | None
    total: float | None
    unit: str | None
    percent: float | None
    rate: float | None
    failure: dict[str, Any] | None
    seq: int
    opened_seq: int


class StepNode(NamedTuple):
    """What the shape of the tree needs of a step."""

    attempt_id: int
    number: int
    parent: int | None
    state: str
    seq: int
    opened_seq: int


class MessageRow(NamedTuple):
    """One line."""

    attempt_id: int
    seq: int
    step: int | None
    at: str
    level: str
    text: str
    data: Any
    replace: str | None
    source: str


Row = TypeVar("Row", AttemptRow, StepRow, StepNode, MessageRow)

_TIMES: Final = frozenset({"at", "start", "end"})


def rows(kind: type[Row], query: QuerySet[Any]) -> list[Row]:
    """Run a query.

    Args:
        kind: which columns to read.
        query: what to read them from.

    Returns:
        One tuple a row, in the query's order.
    """
    columns = [TimeText(column) if column in _TIMES else column for column in kind._fields]
    found = list(map(kind._make, query.values_list(*columns)))
    to_utc = conversion_to_utc(query.db)
    return found if to_utc is None else [_corrected(row, to_utc) for row in found]


def _corrected(row: Row, to_utc: Callable[[str], str]) -> Row:
    columns: Iterable[tuple[str, Any]] = zip(row._fields, row, strict=True)
    values = (to_utc(value) if column in _TIMES and value else value for column, value in columns)
    return type(row)._make(values)


def attempts_of(log_ids: Iterable[int]) -> list[AttemptRow]:
    """Read the attempts of some logs, the first attempt first."""
    query = Attempt.objects.filter(task_log__in=log_ids).order_by("number")
    heard = Coalesce("process__heartbeat", "process__started")
    query = query.annotate(host=F("process__host"), pid=F("process__pid"), silence=Age(heard))
    return rows(AttemptRow, query)


def tags_of(log_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Read the tags of some logs, as pairs of log and tag, by the alphabet."""
    return list(
        TaskTag.objects.filter(task_log__in=log_ids).order_by("tag").values_list("task_log_id", "tag")
    )


def steps_of(log_id: int, attempt_id: int | None = None) -> QuerySet[Step]:
    """Ask for the steps of a log, or of one of its attempts."""
    return _of(Step.objects.all(), log_id, attempt_id)


def messages_of(log_id: int, audience: Audience, attempt_id: int | None = None) -> QuerySet[Message]:
    """Ask for the lines of a log, or of one of its attempts, that an audience may read."""
    lines: QuerySet[Message] = _of(Message.objects.all(), log_id, attempt_id)
    return lines if audience.sees_details else lines.filter(public=True)


def _of(query: QuerySet[Any], log_id: int, attempt_id: int | None) -> QuerySet[Any]:
    query = query.filter(task_log=log_id)
    return query if attempt_id is None else query.filter(attempt=attempt_id)


def nodes_of(attempt_ids: Sequence[int]) -> list[StepNode]:
    """Read the shape of the trees of some attempts."""
    return rows(StepNode, Step.objects.filter(attempt__in=attempt_ids))
