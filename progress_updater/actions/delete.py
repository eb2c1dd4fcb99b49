"""Delete the record of a task that has finished, with all that belongs to it."""

from django.db import connections, transaction

from progress_updater import states
from progress_updater.actions.refusals import Refused
from progress_updater.models import TaskLog
from progress_updater.settings import current
from progress_updater.writing.sql import dialect_of
from progress_updater.writing.sql.deletion import Deleted, delete_some_logs


def delete(log: TaskLog) -> None:
    """Delete a record; of one with very many rows in several transactions.

    Args:
        log: the record of the task.

    Raises:
        Refused: the task goes on, or somebody is changing the record just now.
    """
    while (deleted := _delete_some(log.pk)).goes_on:
        if deleted.logs:
            return
    state = TaskLog.objects.filter(pk=log.pk).values_list("state", flat=True).first()
    if state is not None:
        raise Refused("being_changed" if states.is_finished(state) else "not_finished")


def _delete_some(pk: int) -> Deleted:
    alias = current().DATABASE
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        return delete_some_logs(
            dialect_of(connections[alias]), cursor, TaskLog.objects.finished().filter(pk=pk)
        )
