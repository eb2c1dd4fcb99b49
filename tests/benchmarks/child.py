"""Do one comparison in this process: python -m tests.benchmarks.child <its name> <size>; prints JSON."""

import json
import sys
from importlib import import_module

import django
from django.core.management import call_command

from tests.benchmarks.sizes import SIZES


def main(name: str, size: str) -> None:
    """Make the tables, compare, print the rows."""
    django.setup()
    from django.conf import settings

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    comparison = import_module(f"tests.benchmarks.comparisons.{name}")
    rows = comparison.compare(SIZES[size])
    sys.stdout.write(json.dumps([row.as_json() for row in rows]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
