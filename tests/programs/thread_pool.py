"""Work in a pool of threads: each thread records in the step from which it was sent."""

from concurrent.futures import ThreadPoolExecutor

from celery import shared_task

from progress_updater import TaskUpdater, carry, notify, step


def fetch(shop: str) -> int:
    """Fetch the sales of a shop."""
    with step(shop):
        if not shop.isalpha():
            raise ValueError(f"There is no shop {shop}.")
        notify(f"{shop} has answered")
        return len(shop)


@shared_task
def sum_up_sales(shops: list[str]) -> int:
    """Add the sales of shops up.

    Args:
        shops: their names.

    Returns:
        The sum, 0 where a shop fails.
    """
    total = 0
    updater = TaskUpdater()
    with updater("Fetch", total=len(shops), unit="shops") as block, ThreadPoolExecutor(4) as pool:
        for sales in pool.map(carry(fetch), shops):
            total += sales
            block.advance()
    return total
