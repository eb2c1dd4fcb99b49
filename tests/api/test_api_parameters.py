"""Query parameters: what their texts mean."""

from datetime import UTC, datetime

import pytest

from progress_updater.api.parameters import Moment

HALF_PAST_TWO = datetime(2019, 8, 8, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2019-08-08T14:30:00Z", "2019-08-08T16:30:00+02:00", "2019-08-08T14:30:00"])
def test_a_moment_is_compared_with_what_the_database_holds(settings, text):
    field = Moment(default_timezone=UTC)
    assert field.run_validation(text) == HALF_PAST_TWO

    # Without time zones a database holds the time of the project's own clock.
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    assert field.run_validation(text) == HALF_PAST_TWO.replace(hour=16, tzinfo=None)
