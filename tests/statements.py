"""The SQL statements that the writer sends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.backends.signals import connection_created


@pytest.fixture
def statements(database: str) -> Iterator[list[str]]:
    """The statements on connections that are opened from now on: the writer's."""
    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(count)

    connection_created.connect(watch)
    yield seen
    connection_created.disconnect(watch)
