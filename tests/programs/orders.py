"""Import orders from a file: steps that are announced, and a loop that is counted."""

import csv
from decimal import Decimal
from pathlib import Path

from celery import shared_task

from progress_updater import notify, plan, step, track

SAVED: dict[str, Decimal] = {}


@shared_task
def import_orders(path: str) -> int:
    """Import a file of orders.

    Args:
        path: a CSV file with the columns "customer" and "amount".

    Returns:
        How many orders were saved.
    """
    plan("Read file", "Save orders", "Tell the customers")
    with step("Read file"):
        with Path(path).open() as file:
            orders = list(csv.DictReader(file))
        notify(f"{len(orders)} orders found", data={"file": path})
    for order in track(orders, "Save orders", unit="orders"):
        SAVED[order["customer"]] = SAVED.get(order["customer"], Decimal()) + Decimal(order["amount"])
    with step("Tell the customers"):
        for customer in sorted({order["customer"] for order in orders}):
            notify(f"Mail to {customer}", public=False)
    return len(orders)
