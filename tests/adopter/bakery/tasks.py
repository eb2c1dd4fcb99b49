"""Three plain tasks."""

import time

from celery import shared_task

TAKES = 0.3  # seconds


@shared_task
def mix(what: str) -> str:
    """Make a dough."""
    time.sleep(TAKES)
    return f"dough for {what}"


@shared_task
def bake(dough: str) -> str:
    """Bake one."""
    time.sleep(TAKES)
    return f"baked {dough}"


@shared_task
def pack(loaves: list[str] | str) -> int:
    """Put everything into a box."""
    time.sleep(TAKES)
    return len(loaves)
