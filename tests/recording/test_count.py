"""Count: how much is done, how fast, and of how much."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress_updater.recording.count import WINDOW, Count


def _counted(*moments: tuple[float, float], total: float | None = None, skipped: float = 0) -> Count:
    """Sample a count that stands at the second of each pair at the time of the first."""
    count = Count()
    count.total = total
    count.skipped = skipped
    for now, current in moments:
        count.current = current
        count.sample(now, began=0)
    return count


def test_without_a_total_nobody_knows_the_percentage() -> None:
    assert _counted((1, 5)).percent is None


def test_the_percentage_is_that_of_the_total() -> None:
    assert _counted((1, 1), total=3).percent == 33.33


def test_a_total_of_nothing_is_reached_at_once() -> None:
    assert _counted((1, 0), total=0).percent == 100


def test_the_percentage_does_not_fall_when_the_total_grows() -> None:
    count = _counted((1, 50), total=100)
    count.total = 1_000
    assert count.sample(2, began=0)
    assert count.percent == 50


def test_the_percentage_does_not_fall_when_the_count_falls() -> None:
    assert _counted((1, 50), (2, 10), total=100).percent == 50


def test_more_than_the_total_is_all_of_it() -> None:
    assert _counted((1, 150), total=100).percent == 100


def test_a_hundred_per_cent_are_shown_only_when_all_is_done() -> None:
    assert _counted((1, 99_999), total=100_000).percent == 99.99
    assert _counted((1, 100_000), total=100_000).percent == 100


def test_a_negative_count_is_no_progress() -> None:
    assert _counted((1, -5), total=10).percent == 0


def test_the_rate_is_that_since_the_beginning() -> None:
    assert _counted((10, 50)).rate == 5


def test_the_rate_forgets_what_is_older_than_the_window() -> None:
    slow_then_fast = _counted((100, 100), (100 + WINDOW, 130), (101 + WINDOW, 230), (100 + 2 * WINDOW, 330))
    assert slow_then_fast.rate == pytest.approx(200 / WINDOW)


def test_units_that_were_there_before_are_no_speed() -> None:
    count = _counted((10, 950), total=1_000, skipped=900)
    assert count.rate == 5
    assert count.percent == 95


def test_units_skipped_in_the_middle_are_no_speed_either() -> None:
    count = _counted((10, 50))
    count.current += 1_000 + 50
    count.skipped += 1_000
    count.sample(20, began=0)
    assert count.rate == 5


@pytest.mark.parametrize("moments", [[(0, 5)], [(5, 0), (6, -3)]])
def test_the_rate_is_unknown_where_time_or_count_did_not_go_forwards(
    moments: list[tuple[float, float]],
) -> None:
    assert _counted(*moments).rate is None


def test_child_steps_are_counted_without_a_rate() -> None:
    count = Count()
    count.from_steps = True
    assert count.sample(10, began=0, reading=(3, 4, "steps"))
    assert (count.sampled, count.percent, count.rate) == ((3, 4, "steps"), 75, None)


def test_a_count_that_did_not_change_is_nothing_new() -> None:
    count = _counted((1, 5))
    assert not count.sample(2, began=0)
    count.unit = "rows"
    assert count.sample(3, began=0)


def test_a_count_beyond_all_numbers_is_left_out() -> None:
    count = _counted((1, 5), total=10)
    count.current = 10**400
    assert not count.sample(2, began=0)
    assert count.sampled == (5, 10, None)


steps_of_a_count = st.lists(
    st.tuples(
        st.floats(0, 100),
        st.floats(-1e12, 1e12),
        st.none() | st.floats(-1e12, 1e12) | st.sampled_from([0, 1]),
    ),
    max_size=30,
)


@given(steps_of_a_count)
def test_whatever_is_counted_the_percentage_never_falls_and_the_rate_is_never_negative(
    changes: list[tuple[float, float, float | None]],
) -> None:
    count, now, before = Count(), 0.0, 0.0
    for seconds, current, total in changes:
        now += seconds
        count.current, count.total = current, total
        count.sample(now, began=0)
        percent = before if count.percent is None else count.percent
        assert before <= percent <= 100
        assert count.rate is None or 0 < count.rate < inf
        before = percent
