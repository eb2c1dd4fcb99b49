"""Send tasks when told to, and tell how long that took: python -m tests.benchmarks.sender.

A line that it reads is a number of tasks, to be sent one directly after the other. It answers with a list of
moments, when it began and when each call had returned. Or it is "store", answered when nothing is left to do.
"""

import json
import sys
from time import time

import django
from django.apps import apps

STORED_WITHIN = 60  # seconds


def main() -> None:
    """Do as the lines say until there are no more."""
    django.setup()
    from tests.benchmarks.worker import PREFIX, client, takes_an_order

    redis = client()
    for line in map(str.strip, sys.stdin):
        if line == "store":
            _store()
            redis.delete(f"{PREFIX}{PREFIX}-quiet")
            _tell(line)
            continue
        moments = [time()]
        for order in range(int(line)):
            takes_an_order.delay(order, path="/srv/orders.csv")
            moments.append(time())
        _tell(json.dumps(moments))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _store() -> None:
    """Leave nothing to do for the time in which others are measured."""
    if not apps.is_installed("progress_updater"):
        return
    from progress_updater.writing.channels import flush

    if not flush(STORED_WITHIN):
        raise TimeoutError(f"The database did not take the tasks within {STORED_WITHIN} seconds.")


if __name__ == "__main__":
    main()
