"""Places in lists come back from outside, where anybody can write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from progress_updater.snapshot import read_number, read_time


def test_a_time_comes_back_in_utc() -> None:
    assert read_time("2019-08-08T16:54:10.788631+02:00") == datetime(2019, 8, 8, 14, 54, 10, 788631, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "\x00",
        "2019-08-08T14:54:10",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_of_a_row_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


def test_a_project_without_time_zones_has_times_without_them(settings: Any) -> None:
    settings.USE_TZ = False

    assert read_time("2019-08-08T14:54:10") == datetime(2019, 8, 8, 14, 54, 10)  # noqa: DTZ001 (as such projects have)
    with pytest.raises(ValueError):
        read_time("2019-08-08T14:54:10+00:00")


@pytest.mark.parametrize("value", [2**63, -(2**63), 1.0, "1", True, None])
def test_what_is_no_number_of_a_row_is_refused(value: object) -> None:
    assert read_number(2**63 - 1) == 2**63 - 1
    with pytest.raises(ValueError):
        read_number(value)
