"""The words about states, numbers and times."""

from typing import Any

import pytest
from django.utils import translation

from progress_updater import states, wording


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0404, "40 ms"),
        (0.9994, "999 ms"),
        (1, "1.0 s"),
        (59.99, "59.9 s"),
        (60, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3_599.9, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (86_399, "23 h 59 min"),
        (4 * 86_400 + 7_200, "4 d 2 h"),
        (2_000 * 86_400, "2,000 d 0 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("current", "total", "unit", "words"),
    [
        (412, 1000, "rows", "412 of 1,000 rows"),
        (5, None, "steps", "5 steps"),
        (1234.5, 2000, "MB", "1,234.50 of 2,000 MB"),
        (None, 10, None, "0 of 10"),
        (3, None, None, "3"),
        (None, None, None, ""),
    ],
)
def test_counts(current: Any, total: Any, unit: str | None, words: str) -> None:
    assert wording.count({"current": current, "total": total, "unit": unit}) == words


def test_remaining_time() -> None:
    assert wording.remaining(75) == "about 1 min 15 s left"


def test_numbers_are_written_as_the_reader_does() -> None:
    with translation.override("de"):
        assert wording.count({"current": 1234.5, "total": None, "unit": "MB"}) == "1.234,50 MB"
        assert wording.duration(1.5) == "1,5 s"


def test_each_state_has_a_name() -> None:
    assert set(wording.STATE_NAMES) == set(states.STATES)


@pytest.mark.parametrize(
    ("step", "end"),
    [
        (None, " UTC."),
        (("Save", None, None, None), " UTC, while in “Save”."),
        (("Save", 412.0, 1000.0, "rows"), " UTC, while in “Save”, 412 of 1,000 rows."),
        (("Save", 12345678.5, None, None), " UTC, while in “Save”, 12,345,678.5."),
    ],
)
def test_a_loss_says_who_was_heard_of_when_and_where_they_were(step: Any, end: str) -> None:
    with translation.override("de"):
        text = wording.lost("web1", 4711, 1_565_276_050.79, step)
    known = "The worker process 4711 on host web1 has not been heard of since 2019-08-08 14:54:10"
    assert text.startswith(known)
    assert text.endswith(end)
