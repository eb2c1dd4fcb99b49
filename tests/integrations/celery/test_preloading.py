"""A worker's main process has the writing side imported before it forks, and nothing is imported later."""

import subprocess
import sys

LOOK = """
import sys, django
django.setup()
from celery import signals
from django.conf import settings
settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "database"}
def imported():
    return {name for name in sys.modules if name.startswith(("progress_updater.", "django.db.backends."))}
signals.worker_init.send(sender=None)
before = imported()
from progress_updater.integrations.celery.recovery import watch_journals
from progress_updater.writing.channels import channel
from progress_updater.writing.connection import OwnConnection
channel()
OwnConnection("progress")._opened()
watch_journals()
print("progress_updater.writing.sinks.database" in before, sorted(imported() - before))
"""


def test_the_threads_and_children_of_a_worker_import_nothing_more_to_write(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={"DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": ".", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True []\n"
