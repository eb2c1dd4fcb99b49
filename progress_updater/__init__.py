"""See every step of a running task, live, in your API, your pages and your admin.

from progress_updater import step, notify, track

with step("Read file"):
    rows = read(path)
    notify(f"{len(rows)} rows found")
for row in track(rows, "Save rows", unit="rows"):
    save(row)
"""

from progress_updater.ambient import carry, check_cancelled, notify, plan, step, track
from progress_updater.contexts import task_context
from progress_updater.exceptions import ProgressUpdaterError, TaskCancelled
from progress_updater.updater import TaskUpdater, current_updater

__version__ = "0.1.0"

__all__ = [
    "ProgressUpdaterError",
    "TaskCancelled",
    "TaskUpdater",
    "carry",
    "check_cancelled",
    "current_updater",
    "notify",
    "plan",
    "step",
    "task_context",
    "track",
]
