"""The examples of the README, as tasks that a worker can run."""

import time
from collections.abc import Iterable

from celery import Task, shared_task

from progress_updater import TaskUpdater, notify, plan, step, track


@shared_task
def hello() -> str:
    """Say hello: the quickest task."""
    with step("Say hello"):
        notify("Hello!")
    return "Hello!"


@shared_task
def import_orders(count: int = 400, seconds_per_row: float = 0.4) -> int:
    """Import orders row by row: takes minutes, and shows each row.

    Args:
        count: rows to import.
        seconds_per_row: how long a row takes.

    Returns:
        The rows imported.
    """
    plan("Read file", "Save rows")
    with step("Read file"):
        rows = range(count)
        notify(f"{count} rows found")
    for _row in track(rows, "Save rows", unit="rows"):
        time.sleep(seconds_per_row)
    return count


@shared_task
def monthly_report(shops: Iterable[str] = ("Bern", "Lyon", "Turin")) -> None:
    """Write a report with steps inside steps.

    Args:
        shops: the shops to report about.
    """
    with step("Collect the numbers"):
        for shop in shops:
            _collect(shop)
    with step("Write the report"):
        for percent in (30, 60, 100):
            notify(f"{percent} % written", replace="written")
            time.sleep(0.5)


def _collect(shop: str) -> None:
    with step(shop):
        for table in track(("sales", "returns"), unit="tables"):
            with step(f"Sum up {table}"):
                time.sleep(0.5)
        with step("Ask the weather", optional=True):
            raise ConnectionError("The weather is not at home.")


@shared_task(bind=True, max_retries=3)
def fetch_rates(self: Task) -> str:
    """Fetch something that is there at the third attempt."""
    with step("Ask the bank"):
        if self.request.retries < 2:  # noqa: PLR2004
            notify("The bank does not answer.", level="warning")
            raise self.retry(countdown=3, exc=TimeoutError("The bank did not answer."))
        notify("1 EUR = 0.95 CHF", data={"EUR": 1, "CHF": 0.95})
    return "0.95"


@shared_task
def close_books() -> None:
    """Fail, with an exception that nobody catches."""
    with step("Close the books"):
        notify("Two entries do not match.", level="error", data={"entries": [17, 42]})
        raise ValueError("The books do not balance: 0.01 is missing.")


@shared_task
def founding(task_uuid: str | None = None, verbose: int = 0) -> None:
    """Run the example that this project was founded on.

    Args:
        task_uuid: the id to record under; None for the running task's.
        verbose: 1 prints the lines as they happen.
    """
    updater = TaskUpdater(task_uuid=task_uuid, task_name="TEST", verbose=verbose)
    with updater(task_name="First part"):
        updater.notify("Some notification related to the task")
    with updater(task_name="Second part"):
        my_task_2(updater=updater)
    updater.raise_latest_exception()


@shared_task
def my_task_2(updater: TaskUpdater | None = None) -> None:
    """Run as a task of its own, or as a part of the caller's.

    Args:
        updater: the caller's; None for one of its own.
    """
    updater = updater or TaskUpdater()
    with updater(task_name="My subtask 1 in my task 2"):
        updater.notify("Some notification related to the task")
    with updater(task_name="My subtask 2 in my task 2"):
        1 / 0  # noqa: B018
    with updater(task_name="My subtask 3 in my task 2"):
        updater.notify("Some notification related to the task")
