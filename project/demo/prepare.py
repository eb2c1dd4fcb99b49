"""Make the demo's databases ready and print the login as JSON: `python -m project.demo.prepare`."""

import json
import sys

import django
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.exceptions import InconsistentMigrationHistory

from project.demo.databases import NewerDatabase, refuse_newer, unusable


def main() -> int:
    """Migrate, make the login, print it.

    Returns:
        The process's exit code; 1 with a sentence on stderr.
    """
    django.setup()
    from project.demo.login import make_login

    for alias in connections:
        try:
            refuse_newer(connections[alias])
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        except NewerDatabase as error:
            print(error, file=sys.stderr)
            return 1
        except (DatabaseError, InconsistentMigrationHistory) as error:
            print(unusable(connections[alias], error), file=sys.stderr)
            return 1
    print(json.dumps(make_login()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
