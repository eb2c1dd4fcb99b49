"""What celery-progress, and our address in its place, answer about the same task at the same time."""

from typing import Any

from celery import uuid
from celery_progress.backend import Progress
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import reverse

from progress_updater.models import TaskLog
from progress_updater.writing.channels import flush
from tests.acceptance.app import app
from tests.acceptance.polled import WITHIN
from tests.waiting import wait_until


def client_answers(calls: list[list[Any]]) -> list[list[dict[str, Any]]]:
    """Send tasks; when each of them is in a state, ask both how far it is.

    Args:
        calls: [name of a task of polled.py, arguments, options of apply_async, state] of each.

    Returns:
        [our answer, theirs] of each.
    """
    user, _ = get_user_model().objects.get_or_create(username="reader", is_superuser=True)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    answers = []
    for name, args, options, state in calls:
        task_id = uuid()
        if state == "REVOKED" and "expires" not in options:
            # Before it is sent, and once the worker has heard of it: otherwise it might run.
            app.control.revoke(task_id, reply=True, limit=1, timeout=WITHIN)
        result = app.send_task(f"tests.acceptance.polled.{name}", args=args, task_id=task_id, **options)
        assert flush(WITHIN)
        wait_until(lambda result=result, state=state: _is_shown(result, state), WITHIN, f"{name} is {state}")
        with override_settings(ROOT_URLCONF="tests.compat.project_urls"):
            ours = client.get(reverse("celery_progress:task_status", args=[result.id])).json()
        answers.append([ours, Progress(result).get_info()])
        if state == "RETRY":
            app.control.revoke(result.id)
    return answers


def _is_shown(result: Any, state: str) -> bool:
    log = TaskLog.objects.get(task_uuid=result.id)
    # A run's beginning is stored at once, with its state; the count comes with the next flush.
    is_counted = log.custom_state is None or log.current is not None
    return bool(is_counted and result.state == state == (log.custom_state or log.state))
