"""Lists, page by page."""

from typing import Any

from rest_framework.response import Response

from progress_updater.api import cursors
from progress_updater.api.tokens import PARAMETER
from progress_updater.api.views.base import ProgressView
from progress_updater.snapshot import Order, Page, Position


class PagedView(ProgressView):
    """Answer with one page of a list."""

    columns: dict[str, tuple[str, ...]]
    """The columns of each order, by its name in the parameter "order"."""

    def order(self) -> Order:
        """Return the order that the reader asked for."""
        name = self.wanted["order"]
        return Order(columns=self.columns[name.removeprefix("-")], descending=name.startswith("-"))

    def position(self) -> Position | None:
        """Return where the page begins, None for the first one."""
        cursor = self.wanted.get("cursor")
        return None if cursor is None else cursors.decode(cursor, self.order())

    def answer(self, page: Page[dict[str, Any]], **more: Any) -> Response:
        """Return a page with links to its neighbours.

        Args:
            page: the page.
            more: keys that stand before the others.
        """
        links = {"next": self._link(page.next), "previous": self._link(page.previous)}
        return Response({**more, **links, "results": page.rows})

    def _link(self, position: Position | None) -> str | None:
        if position is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = cursors.encode(position)
        # Whoever copies an answer somewhere does not copy the right to read the task.
        query.pop(PARAMETER, None)
        return self.request.build_absolute_uri(f"?{query.urlencode()}")
