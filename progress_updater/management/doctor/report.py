"""Lines of the doctor's report, and how they come about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from progress_updater.management.doctor.deadline import TooLate, within
from progress_updater.management.doctor.patient import Patient


class Status(StrEnum):
    """What came out of an examination."""

    OK = "ok"
    PROBLEM = "problem"
    SKIPPED = "skipped"


class Problem(Exception):
    """Something does not work.

    Args:
        detail: what.
        remedy: what to do about it.
    """

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One line of the report, before it is known."""

    name: str
    run: Callable[[Patient], str]
    """Returns what was found, or raises Problem."""
    needs: tuple[str, ...] = ()
    """Names of others; if one of them did not go well, this one is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the report."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


def examine(examinations: Iterable[Examination], patient: Patient) -> Iterator[Line]:
    """Run examinations, one after the other.

    Args:
        examinations: in an order in which each comes after those that it needs.
        patient: what they look at.

    Yields:
        One line each, as soon as it is known.
    """
    unwell: set[str] = set()
    for examination in examinations:
        reasons = [name for name in examination.needs if name in unwell]
        line = _skipped(examination, reasons) if reasons else _run(examination, patient)
        if line.status is not Status.OK:
            unwell.add(line.name)
        yield line


def _skipped(examination: Examination, reasons: list[str]) -> Line:
    detail = f"needs what is wrong above: {', '.join(reasons)}"
    return Line(name=examination.name, status=Status.SKIPPED, detail=detail)


def _run(examination: Examination, patient: Patient) -> Line:
    try:
        found = within(patient.longest_wait, lambda: _in_thread(examination, patient))
    except Problem as problem:
        detail, remedy = problem.detail, problem.remedy
    except TooLate:
        detail = f"no answer within {patient.longest_wait:g} seconds"
        remedy = "Look whether the server behind it hangs, or give it more time with --timeout."
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        remedy = "This error is not expected here; the line above it may tell more."
    else:
        return Line(name=examination.name, status=Status.OK, detail=found)
    return Line(name=examination.name, status=Status.PROBLEM, detail=detail, remedy=remedy)


def _in_thread(examination: Examination, patient: Patient) -> str:
    patient.app.set_current()  # Celery's current app is one of each thread
    return examination.run(patient)
