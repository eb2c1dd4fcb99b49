"""A worker that was started before the app was there: python -m tests.management.foreign_worker worker …"""

import sys
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup

from progress_updater.integrations.celery import probe

app = Celery("foreign")
app.config_from_object("project.settings", namespace="CELERY")
app.conf.update(task_default_queue="foreign", worker_hijack_root_logger=False)


@celeryd_after_setup.connect
def forget_the_app(**_: Any) -> None:
    """Drop the app's task, which comes with the broker's package."""
    app.tasks.pop(probe.NAME, None)


if __name__ == "__main__":
    app.start(sys.argv[1:])
