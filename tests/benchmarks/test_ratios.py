"""The smaller edition of `make bench`: no ratio is lost. Absolute times are none of its business."""

import pytest

from tests.benchmarks.catalogue import COMPARISONS, Comparison
from tests.benchmarks.missing import is_installed
from tests.benchmarks.running import rows_of

MARGIN = 4.0
"""By which factor a ratio may be missed: little is measured, and other programs may run."""

NOT_IN_SMALL = {"transactions_a_second", "advance_and_user_tasks"}
"""The first is checked, statement by statement, in tests/writing; the other's peer brings 25 MB along."""

WITHIN = 300  # seconds for one comparison

OF_ONE_MOMENT = "the slowest"
"""In the name of a row that one stall of the machine decides: only `make bench` shows it."""


def _parameter(comparison: Comparison) -> object:
    absent = [package for package in comparison.packages if not is_installed(package)]
    return pytest.param(
        comparison,
        id=comparison.name,
        marks=[
            *(pytest.mark.needs(service) for service in comparison.services),
            pytest.mark.skipif(bool(absent), reason=f"make bench's packages are not there: {absent}"),
        ],
    )


@pytest.mark.parametrize(
    "comparison", [_parameter(found) for name, found in COMPARISONS.items() if name not in NOT_IN_SMALL]
)
def test_no_ratio_is_lost(comparison: Comparison) -> None:
    rows = rows_of(comparison, "small", WITHIN)
    assert rows
    lost = [
        f"{row.what}, {row.peer}: {row.figure:.3g}{row.unit}"
        for row in rows
        if not row.reached(MARGIN) and OF_ONE_MOMENT not in row.what
    ]
    assert lost == []
