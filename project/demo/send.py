"""Send example tasks to the worker and print their ids as JSON: `python -m project.demo.send founding …`."""

import json
import sys

import django


def main(names: list[str]) -> None:
    """Send the named tasks of project.tasks, as the demo's user, and print their ids.

    Args:
        names: functions in project.tasks.
    """
    django.setup()
    from django.contrib.auth.models import User

    from progress_updater import task_context
    from project import tasks
    from project.demo.login import NAME

    with task_context(owner=User.objects.get(username=NAME), tags=["demo"]):
        ids = [getattr(tasks, name).delay().id for name in names]
    print(json.dumps(ids))


if __name__ == "__main__":
    main(sys.argv[1:])
