"""The date hierarchy of the list, made from the first and the last date alone.

Django's own asks for each year, month or day in which there are rows, and so reads all rows.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from progress_updater.models import TaskLog

PARTS: Final = ("created__year", "created__month", "created__day")


@dataclass(frozen=True, slots=True)
class DateLink:
    """A year, month or day; without an address where it is the one that is shown."""

    title: str
    link: str | None


@dataclass(frozen=True, slots=True)
class DateLinks:
    """The way back, and the next finer choices."""

    back: DateLink | None
    choices: list[DateLink]


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day on which a log was made."""

    first: date
    last: date

    def within(self, *chosen: int) -> list[tuple[int, ...]]:
        """List the parts of a year, month or day, or of all time, that touch the period."""
        match chosen:
            case []:
                return [(year,) for year in range(self.first.year, self.last.year + 1)]
            case [year]:
                return [(year, month) for month in range(1, 13) if self._touches(year, month)]
            case [year, month]:
                days = range(1, monthrange(year, month)[1] + 1)
                return [
                    (year, month, day) for day in days if self.first <= date(year, month, day) <= self.last
                ]
        return [chosen]

    def _touches(self, year: int, month: int) -> bool:
        return (self.first.year, self.first.month) <= (year, month) <= (self.last.year, self.last.month)


def date_links(changelist: Any) -> DateLinks | None:
    """Make the links for what is chosen now, in two queries that read one row each.

    Args:
        changelist: the list, whose parameters say what is chosen.

    Returns:
        None where there are no logs.
    """
    period = _whole_period()
    if period is None:
        return None
    chosen = _chosen(changelist.params)
    finer = _finer(period, chosen)
    back = _link(changelist, chosen[:-1]) if chosen else None
    return DateLinks(back, [_link(changelist, parts, chosen=parts == chosen) for parts in finer])


def _whole_period() -> Period | None:
    created = TaskLog.objects.newest_first().values_list("created", flat=True)
    last, first = created.first(), created.reverse().first()
    return Period(_day(first), _day(last)) if first and last else None


def _day(moment: datetime) -> date:
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()


def _chosen(parameters: Mapping[str, str]) -> tuple[int, ...]:
    given = tuple(int(parameters[part]) for part in PARTS if part in parameters)
    return given if PARTS[: len(given)] == tuple(part for part in PARTS if part in parameters) else ()


def _finer(period: Period, chosen: tuple[int, ...]) -> list[tuple[int, ...]]:
    parts = period.within(*chosen)
    while len(parts) == 1 and len(parts[0]) < len(PARTS) and not chosen:
        parts = period.within(*parts[0])
    return parts


def _link(changelist: Any, parts: tuple[int, ...], *, chosen: bool = False) -> DateLink:
    parameters = dict(zip(PARTS, parts, strict=False))
    link = None if chosen else changelist.get_query_string(parameters, ["created__"])
    return DateLink(_title(parts), link)


def _title(parts: tuple[int, ...]) -> str:
    match parts:
        case []:
            return _("All dates")
        case [year]:
            return str(year)
        case [year, month]:
            return capfirst(formats.date_format(date(year, month, 1), "YEAR_MONTH_FORMAT"))
    return capfirst(formats.date_format(date(*parts), "MONTH_DAY_FORMAT"))
