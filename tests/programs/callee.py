"""A task that runs alone, or as a part of another one."""

from celery import shared_task

from progress_updater import TaskUpdater


@shared_task
def sum_up(numbers: list[int], updater: TaskUpdater | None = None) -> int:
    """Add numbers up.

    Args:
        numbers: what to add up.
        updater: the caller's; None when it is a task of its own.

    Returns:
        The sum.
    """
    updater = updater or TaskUpdater(task_name="Sum")
    total = 0
    with updater("Add up"):
        total = sum(numbers)
        updater.notify(f"The sum is {total}")
    updater.finish()
    return total


@shared_task
def average(numbers: list[int]) -> float:
    """Ask another task for a part of the work.

    Args:
        numbers: what to take the average of.

    Returns:
        The average.
    """
    updater = TaskUpdater(task_name="Average")
    with updater("Sum"):
        total = sum_up(numbers, updater=updater)
    with updater("Divide"):
        updater.notify(f"{total} / {len(numbers)}")
    return total / len(numbers)
