"""manage.py tasklog doctor: says line by line what works, what does not, and how to mend it."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from celery.app import app_or_default
from django.core.management.base import BaseCommand, CommandError

from progress_updater.management.doctor.examinations import EXAMINATIONS
from progress_updater.management.doctor.patient import Patient
from progress_updater.management.doctor.report import Line, Status, examine
from progress_updater.management.subcommand import Subcommand
from progress_updater.settings import current

LONGEST: Final = 86_400  # seconds


class Doctor(Subcommand):
    """Examine the project from its settings to a task that runs in a worker."""

    help = "Sends a probe task and says what works, what does not, and how to mend it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments."""
        parser.add_argument(
            "--timeout", type=_seconds, default=10, help="seconds that each line waits at the most (10)"
        )
        parser.add_argument("--database", help="the database in which you expect the app's tables")
        parser.add_argument("--json", action="store_true", help="answer in JSON, for machines")

    def handle(self, command: BaseCommand, **options: Any) -> None:
        """Examine, print, and fail if anything is wrong."""
        alias = options["database"] or current().DATABASE
        patient = Patient(timeout=options["timeout"], app=app_or_default(), alias=alias)
        lines = []
        for line in examine(EXAMINATIONS, patient):
            lines.append(line)
            if not options["json"]:
                command.stdout.write(_written(command.style, line))
        if options["json"]:
            command.stdout.write(_as_json(lines))
        _conclude(command, lines, quiet=options["json"])


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (seconds := float(text)) <= LONGEST:
            return seconds
    raise ArgumentTypeError(f"write a number of seconds above 0, at most {LONGEST:,}")


def _written(style: Any, line: Line) -> str:
    paint = {Status.OK: style.SUCCESS, Status.PROBLEM: style.ERROR, Status.SKIPPED: style.WARNING}[
        line.status
    ]
    written = f"{paint(f'{line.status:<8}')} {line.name:<12} {_indented(line.detail)}"
    return f"{written}\n{' ' * 22}{_indented(line.remedy)}" if line.remedy else written


def _indented(text: str) -> str:
    return text.replace("\n", "\n" + " " * 22)


def _as_json(lines: list[Line]) -> str:
    return json.dumps(
        {"ok": all(line.status is Status.OK for line in lines), "lines": [asdict(each) for each in lines]},
        indent=2,
    )


def _conclude(command: BaseCommand, lines: list[Line], *, quiet: bool) -> None:
    problems = sum(line.status is Status.PROBLEM for line in lines)
    if problems:
        raise CommandError("1 problem found." if problems == 1 else f"{problems} problems found.")
    if not quiet:
        command.stdout.write(command.style.SUCCESS("Everything works."))
