"""Whether a row of the table is reached."""

import pytest

from tests.benchmarks.row import Row, Wanted, cheaper, plain


def _row(**given: object) -> Row:
    return Row(what="", peer="", ours="", theirs="", **given)


@pytest.mark.parametrize(
    ("wanted", "figure", "verdict"),
    [
        (Wanted(at_most=0.15), 0.15, "yes"),
        (Wanted(at_most=0.15), 0.16, "no"),
        (Wanted(at_least=150), 150, "yes"),
        (Wanted(at_least=150), 149, "no"),
        (Wanted(), 17, "-"),
    ],
)
def test_a_row_is_reached_when_its_figure_is_within_the_bound(
    wanted: Wanted, figure: float, verdict: str
) -> None:
    assert _row(figure=figure, wanted=wanted).verdict == verdict


def test_a_margin_forgives_what_is_missed_by_less() -> None:
    assert _row(figure=80, wanted=Wanted(at_least=150)).reached(2.0)
    assert not _row(figure=70, wanted=Wanted(at_least=150)).reached(2.0)
    assert _row(figure=0.29, wanted=Wanted(at_most=0.15)).reached(2.0)
    assert not _row(figure=0.31, wanted=Wanted(at_most=0.15)).reached(2.0)


def test_a_row_with_something_missing_is_not_reached_however_fast_it_was() -> None:
    row = _row(figure=1_000, wanted=Wanted(at_least=60), note="3 lines are missing")
    assert row.verdict == "no: 3 lines are missing"
    assert not row.reached(2.0)


def test_a_row_travels_between_processes() -> None:
    row = cheaper("ours", "theirs", 1e-6, 4e-6, at_most=0.5)
    assert (row.figure, row.ours, row.theirs) == (0.25, "1 us", "4 us")
    assert Row.from_json(row.as_json()) == row


@pytest.mark.parametrize(
    ("number", "text"), [(0.0001, "0.00010"), (0.054321, "0.0543"), (12.345, "12.3"), (1234.5, "1,234")]
)
def test_figures_have_three_digits_that_count(number: float, text: str) -> None:
    assert plain(number) == text
