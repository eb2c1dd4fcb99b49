"""How lines of the doctor's report come about."""

import threading

import pytest
from celery import current_app

from progress_updater.management.doctor.examinations import EXAMINATIONS
from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Examination, Line, Problem, Status, examine
from tests.management.doctor.conftest import MakePatient


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up no examination because the machine holds it up."""
    monkeypatch.setattr("progress_updater.management.doctor.patient.GRACE", 60)


def good(_: Patient) -> str:
    return "fine"


def bad(_: Patient) -> str:
    raise Problem("it is broken", "mend it")


def odd(_: Patient) -> str:
    raise ValueError("who knows")


def of(name: str, run: object, *needs: str) -> Examination:
    return Examination(name=name, run=run, needs=needs)


def test_what_works_is_ok(make_patient: MakePatient) -> None:
    assert list(examine([of("a", good)], make_patient())) == [Line(name="a", status=Status.OK, detail="fine")]


def test_a_problem_comes_with_its_remedy(make_patient: MakePatient) -> None:
    (line,) = examine([of("a", bad)], make_patient())
    assert line == Line(name="a", status=Status.PROBLEM, detail="it is broken", remedy="mend it")


def test_an_error_that_nobody_expected_is_a_problem_that_names_it(make_patient: MakePatient) -> None:
    (line,) = examine([of("a", odd)], make_patient())
    assert line.status is Status.PROBLEM
    assert line.detail == "ValueError: who knows"
    assert line.remedy


def test_what_needs_something_wrong_is_skipped_and_so_is_what_needs_that(make_patient: MakePatient) -> None:
    lines = list(
        examine([of("a", bad), of("b", good), of("c", good, "a", "b"), of("d", bad, "c")], make_patient())
    )
    assert [line.status for line in lines] == ["problem", "ok", "skipped", "skipped"]
    assert [line.detail for line in lines[2:]] == [
        "needs what is wrong above: a",
        "needs what is wrong above: c",
    ]


def test_what_does_not_answer_is_given_up(make_patient: MakePatient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progress_updater.management.doctor.patient.GRACE", 0)
    never = threading.Event()
    (line,) = examine([of("a", lambda _: never.wait(20) or "late")], make_patient(timeout=0.05))
    never.set()
    assert line.status is Status.PROBLEM
    assert line.detail == "no answer within 0.05 seconds"
    assert "--timeout" in line.remedy


def test_celerys_current_app_is_that_of_the_patient(make_patient: MakePatient, lonely_app: object) -> None:
    (line,) = examine([of("a", lambda _: str(current_app.main))], make_patient(app=lonely_app))
    assert line.detail == "lonely"


def test_each_examination_comes_after_those_that_it_needs() -> None:
    known: set[str] = set()
    for examination in EXAMINATIONS:
        assert set(examination.needs) <= known
        known.add(examination.name)
    assert len(known) == len(EXAMINATIONS)
