"""Many lines of one task into PostgreSQL."""

from tests.benchmarks.comparisons.lines import compare_lines
from tests.benchmarks.row import Row
from tests.benchmarks.sizes import Size


def compare(size: Size) -> list[Row]:
    """Return the row."""
    return compare_lines("PostgreSQL", size, at_least=60)
