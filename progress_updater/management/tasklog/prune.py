"""manage.py tasklog prune: deletes logs of tasks that have ended."""

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from progress_updater import states
from progress_updater.management.prune.selection import Selection
from progress_updater.management.subcommand import Subcommand
from progress_updater.querysets import TaskLogQuerySet
from progress_updater.settings import current
from progress_updater.writing.outbox import StoreLater
from progress_updater.writing.sinks.database import DatabaseSink
from progress_updater.writing.sql.deletion import delete_some_logs


class Prune(Subcommand):
    """Delete by hand what one does not want to keep."""

    help = (
        "Deletes logs of tasks that have ended, with all that belongs to them: those for which all "
        "conditions hold or, without any condition, those that KEEP does not keep, also of tasks that have "
        "waited for so long. Running workers do the latter by themselves."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments."""
        parser.add_argument("--older-than", type=_days, metavar="DAYS", help="only those that ended earlier")
        parser.add_argument(
            "--state",
            action="append",
            default=[],
            choices=sorted(states.TERMINAL),
            help="only those; repeatable",
        )
        parser.add_argument("--name", metavar="PATTERN", help='only tasks of this name; "shop.*"')
        parser.add_argument("--owner", help="only tasks of this owner: the primary key of a user")
        parser.add_argument(
            "--keep-last", type=_number, metavar="N", help="keep the newest N of each name, however old"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count, by state and name")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, command: BaseCommand, **options: Any) -> None:
        """Count and ask, or delete at once, and say how many there were."""
        selection = Selection(
            older_than=options["older_than"],
            state=tuple(options["state"]),
            name=options["name"],
            owner=options["owner"],
            keep_last=options["keep_last"],
        )
        if options["dry_run"]:
            _show(command, _counted(selection))
        elif options["no_input"] or _confirmed(command, selection):
            _delete(command, selection)
        _tell_what_stays(command, selection)


def _days(text: str) -> float:
    with suppress(ValueError):
        if (days := float(text)) >= 0:
            return days
    raise ArgumentTypeError(_("write a number of days that is not negative"))


def _number(text: str) -> int:
    with suppress(ValueError):
        if (number := int(text)) >= 1:
            return number
    raise ArgumentTypeError(_("write a number of at least 1"))


def _counted(selection: Selection) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for logs in selection.finished():
        groups = logs.order_by().values_list("state", "task_name").annotate(Count("pk"))
        counted.update({(state, name): count for state, name, count in groups})
    return counted


def _show(command: BaseCommand, counted: Counter[tuple[str, str]]) -> None:
    for (state, name), count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        command.stdout.write(f"{count:>10,}  {state:<8}  {name}")
    command.stdout.write(_("%(logs)s would be deleted.") % {"logs": _logs(counted.total())})


def _confirmed(command: BaseCommand, selection: Selection) -> bool:
    total = _counted(selection).total()
    if not total:
        command.stdout.write(_("There is nothing to delete."))
        return False
    question = _("Delete %(logs)s, with all that belongs to them? [y/N] ") % {"logs": _logs(total)}
    try:
        answer = input(question)
    except EOFError:
        raise CommandError(_("Nobody answers; to delete without being asked, say --no-input.")) from None
    if answer.strip().lower() not in {"y", "yes"}:
        raise CommandError(_("Nothing was deleted."))
    return True


def _delete(command: BaseCommand, selection: Selection) -> None:
    sink, total = DatabaseSink(current().DATABASE), 0
    try:
        for logs in selection.finished():
            for count in _deleted(sink, logs):
                total += count
                command.stdout.write(_("%(logs)s deleted") % {"logs": _logs(total)})
    except StoreLater as error:
        message = _("The database stopped it; %(logs)s are deleted. Run it again to go on: %(error)s")
        raise CommandError(message % {"logs": _logs(total), "error": error}) from error
    finally:
        sink.rest()
    command.stdout.write(command.style.SUCCESS(_("Done: %(logs)s deleted.") % {"logs": _logs(total)}))


def _deleted(sink: DatabaseSink, logs: TaskLogQuerySet) -> Iterator[int]:
    """Delete batch by batch, in the order of the keys, so that no batch looks again at what stays."""
    last: int | None = 0
    while True:
        rest = logs.filter(pk__gt=last).order_by("pk")
        deleted = sink.ask(partial(delete_some_logs, logs=rest))
        if not deleted.goes_on:
            return
        last = last if deleted.last is None else deleted.last
        if deleted.logs:
            yield deleted.logs


def _tell_what_stays(command: BaseCommand, selection: Selection) -> None:
    count = 0 if selection.owner is None else selection.unfinished().count()
    if count:
        message = ngettext(
            "%(count)s task of this owner has not ended, and stays; cancel it, or run this again later.",
            "%(count)s tasks of this owner have not ended, and stay; cancel them, or run this again later.",
            count,
        )
        command.stdout.write(command.style.WARNING(message % {"count": count}))


def _logs(count: int) -> str:
    return ngettext("%(count)s log", "%(count)s logs", count) % {"count": f"{count:,}"}
