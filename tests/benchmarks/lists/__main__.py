"""Ask lists and records of very many tasks, and of few: python -m tests.benchmarks.lists [rows]."""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

TURNS = 9


def main() -> int:
    """Fill, measure, print the table, and write the page where there were rows enough."""
    arguments = _arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {"DJANGO_SETTINGS_MODULE": "project.settings", "VAR_DIR": str(folder / "var")}
        import django

        django.setup()
        return _measured(arguments.rows, folder, stack)


def _measured(rows: int, folder: Path, stack: ExitStack) -> int:
    from tests.benchmarks.lists.measuring import FEW, compared, filled, users_table
    from tests.benchmarks.lists.requests import all_requests
    from tests.benchmarks.report import summary, table
    from tests.benchmarks.running import address_of

    users_table()
    aliases = {}
    for number in (FEW, rows):
        begun = monotonic()
        aliases[number] = stack.enter_context(filled(address_of("postgres"), number, folder))
        _tell(f"{number:,} tasks filled in within {monotonic() - begun:.0f} s")
    measured = compared(all_requests(), aliases, TURNS)
    sys.stdout.write(f"{table(measured)}\n\n{summary(measured)}\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lists", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000, help="tasks, 1,000,000 by default")
    return parser.parse_args()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
