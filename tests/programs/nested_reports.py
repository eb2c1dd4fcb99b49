"""Reports inside reports: steps nest, in one function or across many."""

from celery import shared_task

from progress_updater import TaskUpdater, notify, plan, step, track

Sales = dict[str, dict[str, list[int]]]


@step("Write the summary")
def summarise(totals: dict[str, int]) -> str:
    """Write one line for all regions."""
    return ", ".join(f"{region} {total}" for region, total in totals.items())


def shop_total(updater: TaskUpdater, shop: str, sales: list[int]) -> int:
    """Add the sales of a shop up; a shop with wrong numbers counts as nothing."""
    total = 0
    with updater(f"Shop {shop}"):
        for sale in track(sales, unit="sales"):
            if sale < 0:
                raise ValueError(f"{shop} sold {sale}.")
            total += sale
    return total


@shared_task
def yearly_report(sales: Sales) -> str:
    """Write a report about all regions.

    Args:
        sales: by region and shop.

    Returns:
        The report.
    """
    updater, totals = TaskUpdater(task_name="Yearly report"), {}
    plan(*(f"Region {region}" for region in sales), "Write the summary")
    for region, shops in sales.items():
        with step(f"Region {region}", total=len(shops), unit="shops") as block:
            totals[region] = 0
            for shop, numbers in shops.items():
                totals[region] += shop_total(updater, shop, numbers)
                block.advance()
        notify(f"{region}: {totals[region]}")
    return summarise(totals)
