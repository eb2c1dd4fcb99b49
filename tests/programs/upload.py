"""Say how far something is in one line that is replaced, not in a thousand lines."""

from collections.abc import Iterable

from celery import shared_task

from progress_updater import notify, step


@shared_task
def upload(files: dict[str, Iterable[int]]) -> None:
    """Upload files.

    Args:
        files: by name, the percentages that the server reports.
    """
    for name, percentages in files.items():
        with step(name, total=100, unit="%") as file:
            for percent in percentages:
                file.set_progress(percent)
                notify(f"{name}: {percent} %", replace=name, data={"file": name, "percent": percent})
    notify("All files are there")
