"""Send a task again, as it was called the first time."""

from time import time
from typing import Any, Final

from celery import current_app
from celery import uuid as new_id
from celery.exceptions import CeleryError
from kombu.exceptions import KombuError, OperationalError

from progress_updater import states, wording
from progress_updater.actions.refusals import BrokerAway, Refused
from progress_updater.integrations.celery.arguments import restored
from progress_updater.integrations.celery.identity import HEADER
from progress_updater.models import TaskLog
from progress_updater.recording.changes import Identity
from progress_updater.recording.clean import is_cut_name
from progress_updater.settings import current
from progress_updater.writing.channels import channel
from progress_updater.writing.sinks.inline import InlineSink
from progress_updater.writing.sources import sending

ATTEMPTS: Final = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}
"""How often a request tries to reach the broker."""

_NOT_SENDABLE: Final = (KombuError, CeleryError, KeyError, TypeError, ValueError)


def retry(log: TaskLog) -> TaskLog:
    """Send a task again, with a new id; owner, tags and subject go along.

    Args:
        log: the record of the task, as it is now.

    Returns:
        The record of the new task.

    Raises:
        Refused: it has not finished, is none of Celery's, its arguments were not kept, or Celery does
            not take it any more.
        BrokerAway: nothing was sent, and nothing is stored.
    """
    _check(log)
    carried = {
        "owner": log.owner,
        "about": log.about,
        "tags": list(log.tags.order_by("pk").values_list("tag", flat=True)),
        "retry_of": log.task_uuid,
    }
    task_id = new_id()
    _send(log, task_id, {HEADER: carried})
    return _record_of(task_id, log, carried)


def _check(log: TaskLog) -> None:
    if not states.is_finished(log.state):
        raise Refused("not_finished")
    if log.celery_name is None:
        raise Refused("not_a_celery_task")
    if is_cut_name(log.celery_name):
        raise Refused("name_not_kept")
    if not log.arguments_kept:
        raise Refused("arguments_not_kept")


def _send(log: TaskLog, task_id: str, headers: dict[str, Any]) -> None:
    try:
        current_app.send_task(
            log.celery_name,
            args=tuple(restored(log.args or [])),
            kwargs=restored(log.kwargs or {}),
            task_id=task_id,
            headers=headers,
            retry_policy=ATTEMPTS,
            **restored(log.options or {}),
        )
    except (OperationalError, OSError) as error:
        raise BrokerAway(wording.NOT_SENT % {"error": error}) from error
    except _NOT_SENDABLE as error:
        raise Refused("not_sendable") from error


def _record_of(task_id: str, first: TaskLog, carried: dict[str, Any]) -> TaskLog:
    """Read the new record; where this process records no sending, make it."""
    channel().flush(current().FLUSH_DEADLINE)
    sent = TaskLog.objects.filter(task_uuid=task_id).first()
    if sent is None:
        known = {**carried, "tags": tuple(carried["tags"])}
        name = str((first.options or {}).get("shadow") or first.celery_name)
        identity = Identity(
            task_name=name, celery_name=first.celery_name, queued=time(), queue=first.queue, **known
        )
        InlineSink(current().DATABASE).store([sending(task_id, identity)])
        sent = TaskLog.objects.get(task_uuid=task_id)
    return sent
