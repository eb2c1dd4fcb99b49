"""Ask lists and records of very many tasks, and of few: python -m tests.benchmarks.lists [rows]."""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

MANY = 1_000_000
TURNS = 9
PAGE = "docs/explanation/lists-at-scale.md"


def main() -> int:
    """Fill, measure, print the table, and write the page where there were tasks enough.

    Returns:
        The exit status: 0, whatever the ratios are.
    """
    arguments = _arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {"DJANGO_SETTINGS_MODULE": "project.settings", "VAR_DIR": str(folder / "var")}
        import django

        django.setup()
        return _measured(arguments.rows, folder, stack)


def _measured(rows: int, folder: Path, stack: ExitStack) -> int:
    # Django has its settings by now.
    from tests.benchmarks.lists.filling import MESSAGES, STEPS
    from tests.benchmarks.lists.measuring import FEW, compared, filled, make_users_table
    from tests.benchmarks.lists.report import cells, head, page
    from tests.benchmarks.lists.requests import all_requests
    from tests.benchmarks.machine import described
    from tests.benchmarks.report import aligned, summary
    from tests.benchmarks.running import ROOT, address_of

    machine, aliases, took = described(), {}, 0.0
    make_users_table()
    for number in (FEW, rows):
        _tell(f"{number:,} tasks ...")
        begun = monotonic()
        aliases[number] = stack.enter_context(filled(address_of("postgres"), number, folder))
        took = monotonic() - begun
    measured = compared(all_requests(), aliases, TURNS)
    sys.stdout.write(f"{aligned([head(rows), *map(cells, measured)])}\n\n{summary(measured)}\n")
    if rows >= MANY:
        told = {"messages": MESSAGES, "steps": STEPS, "turns": TURNS, "filled": took}
        (ROOT / PAGE).write_text(page(measured, rows, machine, **told))
        _tell(f"Written: {PAGE}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lists", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=MANY, help=f"tasks, {MANY:,} by default")
    return parser.parse_args()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
