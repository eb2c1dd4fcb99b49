"""The record of something that is no Celery task."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from tests.programs.chosen_id import start_export
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_the_record_is_found_under_the_id_that_the_caller_chose(
    read: Callable[[str], dict[str, Any]],
) -> None:
    threads: list[Thread] = []

    def run_later(function: Callable[..., object], *args: object) -> None:
        threads.append(Thread(target=function, args=args))
        threads[-1].start()

    task_uuid = start_export(["a", "b"], run_later)
    wait_until(lambda: not threads[0].is_alive(), what="the export")
    record = read(task_uuid)
    assert (record["task_uuid"], record["task_name"], record["celery_name"]) == (task_uuid, "Export", None)
    assert (record["state"], record["tags"]) == ("SUCCESS", ["export"])
    assert [step["name"] for step in record["steps"]] == ["Check", "Write"]


def test_an_exception_passes_and_ends_the_record(read: Callable[[str], dict[str, Any]]) -> None:
    chosen = []

    def run_now(function: Callable[..., object], *args: Any) -> None:
        chosen.append(args[-1])
        function(*args)

    with pytest.raises(ValueError, match="A row is empty"):
        start_export(["a", ""], run_now)
    record = read(chosen[0])
    assert (record["state"], record["exception"]) == ("FAILURE", "A row is empty.")
    assert record["steps"][0]["progress"]["current"] == 1
