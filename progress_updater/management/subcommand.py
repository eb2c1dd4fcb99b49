"""A sub-command of manage.py tasklog, and how they are found."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.management.base import BaseCommand

from progress_updater.management import tasklog


class Subcommand(ABC):
    """What a module of management/tasklog/ calls `Doctor`, `List` …: its own name with a capital."""

    help: str
    """One sentence for --help."""

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments.

        Args:
            parser: that of this sub-command.
        """

    @abstractmethod
    def handle(self, command: BaseCommand, **options: Any) -> None:
        """Do the work.

        Args:
            command: the command that runs, with its stdout, stderr and style.
            options: the arguments.

        Raises:
            CommandError: it did not go well; the text is printed and the exit code is 1.
        """


def subcommands() -> dict[str, Subcommand]:
    """Find the sub-commands.

    Returns:
        One of each, by the name of its module, by the alphabet.
    """
    names = sorted(module.name for module in iter_modules(tasklog.__path__))
    return {name: getattr(import_module(f"{tasklog.__name__}.{name}"), name.capitalize())() for name in names}
