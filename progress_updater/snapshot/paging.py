"""Pages of any length of list: each begins behind the row where the one before it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place between two rows of a list."""

    values: tuple[Any, ...]
    """What the row at this place has in the columns of the list's order."""
    backward: bool = False
    """Whether the page ends before that row, instead of beginning after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """A page, and where its neighbours are."""

    rows: list[Row]
    previous: Position | None
    next: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a list: one or two columns, which together are unique."""

    columns: tuple[str, ...]
    descending: bool = False

    def reversed(self) -> "Order":
        """Return the opposite order."""
        return Order(columns=self.columns, descending=not self.descending)

    def apply(self, query: QuerySet[Any]) -> QuerySet[Any]:
        """Sort a query."""
        return query.order_by(*(f"-{column}" if self.descending else column for column in self.columns))

    def behind(self, values: tuple[Any, ...]) -> Q:
        """Keep the rows that come after a row with these values."""
        strictly = "lt" if self.descending else "gt"
        first, rest = self.columns[0], self.columns[1:]
        if not rest:
            return Q((f"{first}__{strictly}", values[0]))
        # The first condition lets the database begin at the right place of the index.
        at_or_behind = Q((f"{first}__{strictly}e", values[0]))
        return at_or_behind & (
            Q((f"{first}__{strictly}", values[0])) | Q((f"{rest[0]}__{strictly}", values[1]))
        )

    def values_of(self, row: object) -> tuple[Any, ...]:
        """Return what a row has in the order's columns."""
        return tuple(getattr(row, column) for column in self.columns)


def read_page(
    query: QuerySet[Any],
    order: Order,
    position: Position | None,
    size: int,
    *,
    read: Callable[[QuerySet[Any]], list[Row]],
) -> Page[Row]:
    """Read one page of a list.

    Args:
        query: the whole list, in no order yet.
        order: its order.
        position: where the page begins or ends, None for the first page.
        size: rows of a page.
        read: runs the query of the page.

    Returns:
        The page, in the order of the list.
    """
    backward = position is not None and position.backward
    direction = order.reversed() if backward else order
    if position is not None:
        query = query.filter(direction.behind(position.values))
    found = read(direction.apply(query)[: size + 1])
    there_is_more, kept = len(found) > size, found[:size]
    if backward:
        kept.reverse()
    has_previous, has_next = (there_is_more, True) if backward else (position is not None, there_is_more)
    return Page(
        rows=kept,
        previous=Position(values=order.values_of(kept[0]), backward=True) if kept and has_previous else None,
        next=Position(values=order.values_of(kept[-1])) if kept and has_next else None,
    )
