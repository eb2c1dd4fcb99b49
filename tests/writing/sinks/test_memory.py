"""The default in a host's tests: nothing is written, nothing is asked."""

import pytest

from progress_updater.writing.sinks.memory import MemorySink
from tests.writing.changes import a_change


def test_changes_are_kept_by_task_in_order() -> None:
    sink = MemorySink()
    first, second, other = a_change("t"), a_change("t"), a_change("u")
    sink.store([first, other])
    sink.store([second])
    sink.rest()
    assert dict(sink.changes) == {"t": [first, second], "u": [other]}


@pytest.mark.parametrize(("kept", "left"), [(2, ["b", "c"]), (None, ["a", "b", "c"])])
def test_the_oldest_tasks_are_forgotten_where_there_is_a_limit(kept: int | None, left: list[str]) -> None:
    sink = MemorySink(kept)
    for uuid in "abc":
        sink.store([a_change(uuid)])
    assert list(sink.changes) == left


def test_a_child_forgets_everything() -> None:
    sink = MemorySink()
    sink.store([a_change("t")])
    sink.abandon()
    assert not sink.changes
