"""Asynchronous work: the calls never wait, so a coroutine may make them."""

import asyncio
from collections.abc import AsyncIterator

from celery import shared_task

from progress_updater import notify, step, track


async def pages(count: int) -> AsyncIterator[str]:
    """Yield pages as they arrive."""
    for number in range(1, count + 1):
        await asyncio.sleep(0)
        yield f"page {number}"


@step("Check a link")
async def check(link: str) -> bool:
    """Check a link."""
    await asyncio.sleep(0)
    notify(link)
    return not link.endswith("4")


async def crawl(count: int) -> list[str]:
    """Read pages, then check what they link to, all at once."""
    links = [
        page.replace("page", "link") async for page in track(pages(count), "Read", total=count, unit="pages")
    ]
    with step("Check"):
        good = await asyncio.gather(*map(check, links))
    return [link for link, is_good in zip(links, good, strict=True) if not is_good]


@shared_task
def broken_links(count: int) -> list[str]:
    """Find links that lead nowhere.

    Args:
        count: how many pages to read.

    Returns:
        The links.
    """
    return asyncio.run(crawl(count))
