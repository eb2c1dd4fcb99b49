"""Examination of the clocks of this machine, of the database and of the worker."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Problem
from progress_updater.models import TaskLog

TOLERATED: Final = 2.0
"""Seconds between two clocks that do no harm."""

SHOWN: Final = 0.01
"""Seconds below which nothing is said: two decimals are shown."""


def clocks(patient: Patient) -> str:
    """Compare the clocks by what happened between two looks at this machine's."""
    apart = {"the worker": _of_the_worker(patient)}
    if settings.USE_TZ:  # else the database does not tell of which zone its time is
        apart["the database"] = _of_the_database(patient)
    found = ", ".join(f"{whose} is {_in_words(seconds)}" for whose, seconds in apart.items())
    if max(map(abs, apart.values())) > TOLERATED:
        raise Problem(
            found,
            "Let all machines take their time from the same place (NTP): a task's times are its worker's, "
            "and by the clock of the database a worker is taken for lost.",
        )
    return found


def _of_the_database(patient: Patient) -> float:
    before = timezone.now()
    probe = TaskLog.objects.filter(task_uuid=patient.probe_id)
    (there,) = probe.annotate(clock=Now()).values_list("clock", flat=True)
    return _outside(there, before, timezone.now())


def _of_the_worker(patient: Patient) -> float:
    log = TaskLog.objects.get(task_uuid=patient.probe_id)
    assert patient.sent is not None
    assert patient.seen is not None
    return _outside(log.start, patient.sent, patient.seen)


def _outside(moment: datetime, earliest: datetime, latest: datetime) -> float:
    nearest = min(max(moment, earliest), latest)
    return (moment - nearest).total_seconds()


def _in_words(seconds: float) -> str:
    if abs(seconds) < SHOWN:
        return "on time"
    return f"{abs(seconds):.2f} s {'ahead' if seconds > 0 else 'behind'}"
