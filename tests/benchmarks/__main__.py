"""Compare our speed with that of others: python -m tests.benchmarks [--small] [a comparison's name …]."""

import argparse
import sys
from pathlib import Path

from tests.benchmarks.catalogue import COMPARISONS, Comparison
from tests.benchmarks.machine import described
from tests.benchmarks.missing import missing_for
from tests.benchmarks.report import page, summary, table
from tests.benchmarks.row import Row
from tests.benchmarks.running import ROOT, ComparisonFailed, rows_of
from tests.benchmarks.sizes import SIZES

PAGE = ROOT / "docs" / "explanation" / "speed.md"


def main() -> int:
    """Measure, print the table, and write the page where all was measured in full.

    Returns:
        The exit status: 1 where something is missing or fails, whatever the ratios are.
    """
    arguments = _arguments()
    chosen = [COMPARISONS[name] for name in arguments.names]
    if missing := missing_for(chosen):
        _tell("The benchmarks cannot run:", *(f"- {sentence}" for sentence in missing))
        return 1
    size, machine = "small" if arguments.small else "full", described()
    try:
        rows = [row for comparison in chosen for row in _measured(comparison, size)]
    except ComparisonFailed as error:
        _tell(str(error))
        return 1
    sys.stdout.write(f"{table(rows)}\n\n{summary(rows)}\n")
    if size == "full" and len(chosen) == len(COMPARISONS):
        _write(PAGE, page(rows, machine, SIZES[size]))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", type=_known, default=list(COMPARISONS), help="all by default")
    parser.add_argument("--small", action="store_true", help="measure as little as the tests do")
    return parser.parse_args()


def _known(name: str) -> str:
    if name not in COMPARISONS:
        raise argparse.ArgumentTypeError(f"{name}: there are {', '.join(COMPARISONS)}")
    return name


def _measured(comparison: Comparison, size: str) -> list[Row]:
    _tell(f"{comparison.name} ...")
    return rows_of(comparison, size)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    _tell(f"Written: {path.relative_to(ROOT)}")


def _tell(*lines: str) -> None:
    sys.stderr.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
