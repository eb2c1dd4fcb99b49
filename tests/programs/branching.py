"""What comes next depends on whether a step failed."""

from collections.abc import Callable

from celery import shared_task

from progress_updater import TaskUpdater, notify, step


@shared_task
def find_address(ask_register: Callable[[], str], ask_archive: Callable[[], str]) -> str:
    """Find an address, in the archive if the register does not know it.

    Args:
        ask_register: returns the address, or fails.
        ask_archive: the same.

    Returns:
        The address, empty where nobody knows it.
    """
    address = ""
    with step("Ask the register", optional=True) as register:
        address = ask_register()
    if not register.failed:
        return address
    notify(f"The register failed: {register.exception}", level="warning")
    updater = TaskUpdater()
    with updater("Ask the archive"):
        address = ask_archive()
        notify("The archive has it")
    return address
