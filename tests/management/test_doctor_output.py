"""What manage.py tasklog doctor prints, and its exit code."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Examination, Problem
from progress_updater.management.tasklog import doctor
from progress_updater.settings import current


def good(patient: Patient) -> str:
    return f"fine in {patient.alias} within {patient.timeout:g}"


def bad(_: Patient) -> str:
    raise Problem("broken\nin two ways", "mend this\nand that")


@pytest.fixture
def examinations(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(*runs: Any) -> None:
        numbered = [Examination(name=f"line{place}", run=run) for place, run in enumerate(runs)]
        last = Examination(name="last", run=good, needs=tuple(each.name for each in numbered))
        monkeypatch.setattr(doctor, "EXAMINATIONS", [*numbered, last])

    return use


def run(*arguments: str, **options: Any) -> tuple[list[str], str]:
    """Return the lines that were printed, and the error."""
    printed, code, error = StringIO(), 0, ""
    try:
        call_command("tasklog", "doctor", *arguments, stdout=printed, **options)
    except CommandError as raised:
        code, error = raised.returncode, str(raised)
    assert code == bool(error)
    return printed.getvalue().splitlines(), error


def test_what_works_is_said_line_by_line(examinations: Any) -> None:
    examinations(good)
    assert run("--timeout", "30") == (
        [
            f"ok       line0        fine in {current().DATABASE} within 30",
            f"ok       last         fine in {current().DATABASE} within 30",
            "Everything works.",
        ],
        "",
    )


@pytest.mark.parametrize("seconds", ["ten", "0", "-1", "nan", "inf", "1e12"])
def test_a_time_in_which_nothing_can_be_examined_is_refused_with_what_to_write(seconds: str) -> None:
    assert "write a number of seconds above 0, at most 86,400" in run(f"--timeout={seconds}")[1]


def test_a_problem_is_said_with_its_remedy_and_the_exit_code_is_one(examinations: Any) -> None:
    examinations(bad)
    lines, error = run()
    assert lines == [
        "problem  line0        broken",
        "                      in two ways",
        "                      mend this",
        "                      and that",
        "skipped  last         needs what is wrong above: line0",
    ]
    assert error == "1 problem found."


def test_several_problems_are_counted(examinations: Any) -> None:
    examinations(bad, bad)
    assert run()[1] == "2 problems found."


def test_machines_get_json(examinations: Any) -> None:
    examinations(good, bad)
    lines, error = run("--json", "--database", "archive")
    report = json.loads("\n".join(lines))
    assert report["ok"] is False
    assert report["lines"][0]["detail"].startswith("fine in archive")
    assert report["lines"][1] == {
        "name": "line1",
        "status": "problem",
        "detail": "broken\nin two ways",
        "remedy": "mend this\nand that",
    }
    assert error == "1 problem found."


def test_json_says_that_all_is_well(examinations: Any) -> None:
    examinations(good)
    lines, error = run("--json")
    assert json.loads("\n".join(lines))["ok"] is True
    assert error == ""


def test_colours_tell_problems_from_what_works(examinations: Any) -> None:
    examinations(good, bad)
    lines, _ = run(force_color=True)
    assert {line.partition("m")[0] for line in lines if line.startswith("\x1b")} == {
        "\x1b[32;1", "\x1b[31;1", "\x1b[33;1",
    }  # fmt: skip
