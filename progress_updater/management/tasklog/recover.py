"""manage.py tasklog recover: stores what processes left in their journals when they died."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from progress_updater.management.subcommand import Subcommand
from progress_updater.settings import current
from progress_updater.writing.journal.folder import UnsafeFolder, journal_folder
from progress_updater.writing.journal.recovery import recover
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.trees import TreeCounts


class Recover(Subcommand):
    """Do by hand what workers do by themselves."""

    help = "Stores what processes left in their journals when they died; running workers do it by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add nothing."""

    def handle(self, command: BaseCommand, **options: Any) -> None:
        """Recover, and say how many there were."""
        folder = journal_folder(current())
        if folder is None:
            raise CommandError(_("There is no journal: JOURNAL_DIR is None, or the system has no locks."))
        sink = DatabaseSink(current().DATABASE)
        try:
            count = recover(sink, folder)
            TreeCounts(sink).attend()
        except StoreLater as error:
            message = _("The database stores nothing now; the journals in %(folder)s are kept: %(error)s")
            raise CommandError(message % {"folder": folder, "error": error}) from error
        except UnsafeFolder as error:
            raise CommandError(str(error)) from error
        finally:
            sink.rest()
        if count is None:
            raise CommandError(_("Another process stores them now; try again in a moment."))
        said = ngettext("%(count)s journal stored", "%(count)s journals stored", count)
        command.stdout.write(f"{said % {'count': count}} ({folder})")
