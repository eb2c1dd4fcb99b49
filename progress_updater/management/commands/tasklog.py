"""manage.py tasklog: looks after task logs; each sub-command has a file in management/tasklog/."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from progress_updater.management.subcommand import Subcommand, subcommands


class Command(BaseCommand):
    """Hand over to the sub-command."""

    help = "Looks after the logs of tasks."
    requires_system_checks = []  # the doctor tells what they find, and goes on

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the sub-commands."""
        choices = parser.add_subparsers(dest="subcommand", metavar="subcommand", required=True)
        for name, subcommand in subcommands().items():
            inner = choices.add_parser(name, help=subcommand.help, description=subcommand.help)
            subcommand.add_arguments(inner)
            inner.set_defaults(chosen=subcommand)

    def handle(self, *, chosen: Subcommand, **options: Any) -> None:
        """Run the one that was chosen."""
        chosen.handle(self, **options)
