"""Examinations of a task's way from its sender to its readers; with real workers: test_doctor.py."""

from typing import Any

import pytest
from celery import Celery

from progress_updater import states
from progress_updater.management.doctor import probing
from progress_updater.management.doctor.report import Problem
from tests.management.doctor.conftest import MakePatient
from tests.rows import a_failure, a_log

pytestmark = pytest.mark.django_db(databases="__all__")


def problem(examination: Any, patient: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        examination(patient)
    return caught.value


@pytest.mark.usefixtures("eager")
def test_a_probe_that_runs_where_it_is_sent_is_well(make_patient: MakePatient) -> None:
    patient = make_patient()
    assert patient.probe_id == ""
    assert probing.sent(patient) == f"task {patient.probe_id}"
    assert probing.start(patient) == "begun as attempt 1"
    assert probing.end(patient) == "SUCCESS"
    assert probing.steps(patient) == "3 steps, 1 message, 3 rounds counted"
    assert probing.delta(patient).startswith("complete at seq ")
    assert patient.sent < patient.seen


@pytest.mark.usefixtures("eager")
def test_the_probe_is_recorded_whatever_the_setting_says(make_patient: MakePatient, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "RECORD": ["shop.*"]}
    assert probing.sent(make_patient())


def test_no_row_of_the_probe_is_a_problem(make_patient: MakePatient) -> None:
    found = problem(probing.sent, make_patient())  # the sink of tests stores nothing
    assert "no row" in found.detail
    assert found.remedy


def test_a_probe_that_nobody_begins_is_a_problem_that_names_its_queue(
    make_patient: MakePatient, lonely_app: Celery
) -> None:
    a_log(task_uuid="probe", queue="slow", started=False)
    found = problem(probing.start, make_patient(app=lonely_app, probe_id="probe"))
    assert found.detail == "no worker began the probe within 0.2 seconds"
    assert "the queue 'slow', but from: none" in found.remedy
    assert "-Q slow" in found.remedy


def test_a_probe_that_ended_without_beginning_is_left_to_the_next_line(make_patient: MakePatient) -> None:
    a_log(task_uuid="probe", started=False).finish(states.REVOKED, a_failure(None, "expired", "Revoked"))
    patient = make_patient(probe_id="probe")
    assert probing.start(patient) == "ended before it began, as REVOKED"
    found = problem(probing.end, patient)
    assert found.detail == "the probe ended as REVOKED: Revoked: expired"
    assert "for the task probe" in found.remedy


def test_a_probe_that_does_not_end_is_a_problem(make_patient: MakePatient) -> None:
    a_log(task_uuid="probe")
    found = problem(probing.end, make_patient(probe_id="probe"))
    assert "its end is not stored" in found.detail
    assert "DATABASES" in found.remedy


def test_a_probe_that_did_something_else_is_a_problem(make_patient: MakePatient) -> None:
    log = a_log(task_uuid="probe")
    log.close(log.open("Something else"))
    log.finish()
    found = problem(probing.steps, make_patient(probe_id="probe"))
    assert "Something else" in found.detail
    assert "restart it" in found.remedy


def test_a_delta_that_is_not_the_record_is_a_problem(make_patient: MakePatient, settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "LOG_TAIL": 1}
    log = a_log(task_uuid="probe")
    log.say("one")
    log.say("two")
    log.finish()
    assert (
        problem(probing.delta, make_patient(probe_id="probe")).detail == "what changed is not what there is"
    )
