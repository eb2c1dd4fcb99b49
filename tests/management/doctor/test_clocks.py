"""Examination of the clocks."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from progress_updater.management.doctor import clocks
from progress_updater.management.doctor.report import Problem
from tests.management.doctor.conftest import MakePatient
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR = timedelta(hours=1)


def examined(make_patient: MakePatient, sent: timedelta = -HOUR, seen: timedelta = HOUR) -> str:
    now = timezone.now()
    a_log(task_uuid="probe", created=now)
    return clocks.clocks(make_patient(probe_id="probe", sent=now + sent, seen=now + seen))


def test_clocks_that_agree_are_ok(make_patient: MakePatient) -> None:
    assert examined(make_patient) == "the worker is on time, the database is on time"


def test_without_time_zones_only_the_worker_is_compared(make_patient: MakePatient, settings: Any) -> None:
    settings.USE_TZ = False
    assert examined(make_patient) == "the worker is on time"


def test_a_difference_that_does_no_harm_is_told(make_patient: MakePatient) -> None:
    found = examined(make_patient, seen=timedelta(seconds=-0.5))
    assert found == "the worker is 1.50 s ahead, the database is on time"


@pytest.mark.parametrize(
    ("sent", "seen", "words"),
    [
        (HOUR, 2 * HOUR, "the worker is 3599.00 s behind"),
        (-2 * HOUR, -HOUR, "the worker is 3601.00 s ahead"),
    ],
)
def test_a_workers_clock_that_is_wrong_is_a_problem(
    make_patient: MakePatient, sent: timedelta, seen: timedelta, words: str
) -> None:
    with pytest.raises(Problem) as caught:
        examined(make_patient, sent, seen)
    assert words in caught.value.detail
    assert "NTP" in caught.value.remedy


@pytest.mark.parametrize(("off", "word"), [(HOUR, "behind"), (-HOUR, "ahead")])
def test_a_database_clock_that_differs_from_this_machines_is_a_problem(
    make_patient: MakePatient, monkeypatch: pytest.MonkeyPatch, off: timedelta, word: str
) -> None:
    real = timezone.now

    class Wrong:
        """This machine's clock, an hour off."""

        def now(self) -> Any:
            return real() + off

    monkeypatch.setattr(clocks, "timezone", Wrong())
    # An hour, less what passes between the looks at this machine's clock.
    with pytest.raises(Problem, match=rf"the database is 3[56]\d\d\.\d\d s {word}"):
        examined(make_patient, -2 * HOUR, 2 * HOUR)
