"""Times as JSON shows them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connections
from django.test.utils import override_settings

from progress_updater import snapshot
from progress_updater.policy import Audience
from progress_updater.settings import current
from progress_updater.snapshot.times import in_utc, seconds_between, timestamp
from tests.rows import a_log


def test_a_moment_is_written_in_utc_with_six_decimals():
    moment = datetime(2019, 8, 8, 16, 54, 10, 788631, tzinfo=timezone(timedelta(hours=2)))

    assert timestamp(moment) == "2019-08-08T14:54:10.788631Z"
    assert timestamp(moment.replace(microsecond=0)) == "2019-08-08T14:54:10.000000Z"
    assert timestamp(None) is None


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_moment_without_a_zone_is_the_projects_local_time():
    moment = datetime(2019, 8, 8, 16, 54, tzinfo=UTC).replace(tzinfo=None)

    assert in_utc(moment) == datetime(2019, 8, 8, 14, 54, tzinfo=UTC)


def test_a_duration_is_measured_in_seconds():
    assert seconds_between("2019-08-08T14:54:10.500000Z", "2019-08-08T14:54:12.750000Z") == 2.25
    assert seconds_between("2019-08-08T14:54:12.000000Z", "2019-08-08T14:54:10.000000Z") == 0.0
    assert seconds_between(None, "2019-08-08T14:54:10.000000Z") is None
    assert seconds_between("2019-08-08T14:54:10.000000Z", None) is None


@pytest.mark.django_db(databases="__all__")
def test_a_project_without_time_zones_gets_utc_all_the_same():
    log = a_log()
    log.close(log.open("First"))
    expected = snapshot.detail(log.row, Audience.DETAILS)
    connection = connections[current().DATABASE]
    with override_settings(USE_TZ=False, TIME_ZONE="UTC"):
        assert connection.timezone is None  # the rows are taken for local time, which is UTC here
        picture = snapshot.detail(log.row, Audience.DETAILS)

    for key in ("start", "attempts"):
        assert picture[key] == expected[key]
    assert [step["end"] for step in picture["steps"]] == [step["end"] for step in expected["steps"]]


@pytest.mark.django_db(databases="__all__")
def test_the_sessions_time_zone_makes_no_difference():
    row = a_log().row
    connection = connections[current().DATABASE]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone = 'Asia/Tokyo'")

    assert snapshot.detail(row, Audience.OWNER)["attempts"][0]["start"] == "2019-08-08T14:54:11.788631Z"
