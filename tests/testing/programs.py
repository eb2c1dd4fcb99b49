"""Tasks as an adopter writes them."""

from typing import Any

from celery import shared_task

from progress_updater import TaskUpdater, notify, plan, step, task_context, track


@shared_task(name="shop.import_orders")
def import_orders(bad_row: int = 0) -> int:
    plan("Read", "Save", "Mail")
    with step("Read"):
        notify("3 rows found", data={"rows": 3})
        with step("Check"):
            notify("no header", level="warning")
    for row in track([1, 2, 3], "Save", unit="rows"):
        notify(f"row {row}", replace="row")
        if row == bad_row:
            raise ValueError(f"row {row} is bad")
    return 3


@shared_task(name="shop.nightly", bind=True)
def nightly(self: Any) -> None:
    updater = TaskUpdater(task_name="Nightly", owner=7, tags=["late", "big"], about="shop.order:1")
    with updater("First part"):
        raise ZeroDivisionError("division by zero")
    with updater("Second part"):
        import_orders.apply()
    self.update_state(state="SHUTTING")
    updater.finish()


@shared_task(name="shop.flaky", bind=True, max_retries=2, default_retry_delay=0)
def flaky(self: Any) -> str:
    with step("Try"):
        notify(f"try {self.request.retries + 1}")
        if self.request.retries == 0:
            raise self.retry(exc=LookupError("not yet"), countdown=0)
    return "done"


@shared_task(name="shop.quiet", progress_record=False)
def quiet() -> None:
    notify("nobody hears it")


@shared_task(name="shop.reported")
def reported() -> None:
    updater = TaskUpdater(task_name="Report")
    with updater("First"):
        raise ZeroDivisionError("division by zero")
    updater.finish()
    with updater("Second"):
        pass


def fail_all() -> None:
    """Run the failing ways through all of them."""
    import_orders.apply(args=[2])
    nightly.apply()
    flaky.apply()
    quiet.apply()
    with task_context(owner="42", tags=["x"]):
        import_orders.delay()
    with TaskUpdater(task_name="By hand") as updater:
        updater.set_progress(1, 4, "parts")
        updater.notify("\x00 odd \ud800 text", data={"a": "\x00"})
    TaskUpdater(task_name="Still running").notify("here")
