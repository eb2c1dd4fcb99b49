"""When the next flush is due."""

from collections.abc import Callable

import pytest

from progress_updater.writing import pace as pace_module
from progress_updater.writing.pace import EARLY_A_SECOND, IN_BURST, LONGEST_PAUSE, PROMPT, Pace

INTERVAL = 0.25


class Clock:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace_module, "monotonic", made)
    return made


@pytest.fixture
def pace() -> Pace:
    return Pace(INTERVAL)


@pytest.fixture
def waits(pace: Pace, clock: Clock) -> Callable[..., float]:
    """Give the seconds from now until the next flush."""
    return lambda at_once=False, in_burst=False: round(
        pace.due(at_once=at_once, in_burst=in_burst) - clock.now, 6
    )


Waits = Callable[..., float]


def test_the_first_flush_is_due_at_once(waits: Waits) -> None:
    assert waits() < 0


def test_after_a_flush_the_next_waits_for_the_interval_unless_it_is_asked_for(
    pace: Pace, waits: Waits
) -> None:
    pace.begin()
    assert (waits(), waits(at_once=True)) == (INTERVAL, 0)


def test_runs_may_be_early_a_few_times_a_second(pace: Pace, clock: Clock, waits: Waits) -> None:
    pace.begin()
    for _ in range(EARLY_A_SECOND):
        pace.is_urgent = True
        assert waits() == PROMPT
        clock.now += PROMPT
        pace.begin()
        assert waits() == INTERVAL
    pace.is_urgent = True
    assert waits() == INTERVAL
    clock.now += 1
    assert waits() == PROMPT - 1


def test_what_is_sent_is_prompt_however_often(pace: Pace, clock: Clock, waits: Waits) -> None:
    pace.begin()
    for _ in range(10 * EARLY_A_SECOND):
        pace.is_prompt = True
        assert waits() == PROMPT
        clock.now += PROMPT
        pace.begin()


def test_pauses_double_from_each_failure_on_up_to_a_bound_and_end_with_a_success(
    pace: Pace, clock: Clock, waits: Waits
) -> None:
    pauses = []
    for _ in range(8):
        pace.begin()
        clock.now += 10  # so long it took to fail
        pace.fail()
        pauses.append(waits(at_once=True))
    assert pauses == [0.25, 0.5, 1, 2, 4, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    pace.begin()
    pace.succeed()
    assert waits() == INTERVAL


def test_in_a_burst_each_flush_waits_a_little_longer_for_company(pace: Pace, waits: Waits) -> None:
    pace.begin()
    pace.is_prompt = True
    assert (waits(), waits(in_burst=True)) == (PROMPT, IN_BURST)
