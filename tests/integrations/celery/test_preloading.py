"""A worker's main process has the writing side imported before it forks."""

import subprocess
import sys

LOOK = """
import sys, django
django.setup()
from celery import signals
before = "progress_updater.writing.sinks.database" in sys.modules
signals.worker_init.send(sender=None)
print(before, "progress_updater.writing.sinks.database" in sys.modules)
"""


def test_the_children_of_a_worker_find_the_writing_side_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={"DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True"]
