"""What celery-progress, and our address in its place, answer about the same task at the same time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import shared_task
from celery_progress.backend import Progress, ProgressRecorder
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import reverse

from progress_updater.writing.channels import flush
from tests.acceptance.app import app
from tests.acceptance.talking import WITHIN


@shared_task
def returns(result: Any) -> Any:
    """Succeed."""
    return result


@shared_task
def raises(text: str) -> None:
    """Fail."""
    raise ValueError(text)


@shared_task(bind=True)
def comes_again(self: Any, text: str, seconds: float) -> None:
    """Fail, and be tried again after some seconds."""
    raise self.retry(exc=ValueError(text), countdown=seconds)


@shared_task(track_started=True)
def goes_on(release: str) -> None:
    """Run until it is released."""
    _wait_until(Path(release).exists, "it is released")


@shared_task(bind=True)
def counts(self: Any, release: str, *progress: Any) -> None:
    """Tell how far it is, and run until it is released."""
    ProgressRecorder(self).set_progress(*progress)
    _wait_until(Path(release).exists, "it is released")


def client_answers(calls: list[list[Any]]) -> list[list[dict[str, Any]]]:
    """Send tasks; when each of them is in a state, ask both how far it is.

    Args:
        calls: [name of a task of this module, arguments, options of apply_async, state] of each.

    Returns:
        [our answer, theirs] of each.
    """
    user, _ = get_user_model().objects.get_or_create(username="reader", is_superuser=True)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    answers = []
    for name, args, options, state in calls:
        result = app.send_task(f"tests.acceptance.clients.{name}", args=args, **options)
        if state == "REVOKED" and "expires" not in options:
            app.control.revoke(result.id)
        assert flush(WITHIN)
        _wait_until(lambda result=result, state=state: _is_shown(result, state), f"{name} is {state}")
        with override_settings(ROOT_URLCONF="tests.compat.project_urls"):
            ours = client.get(reverse("celery_progress:task_status", args=[result.id])).json()
        answers.append([ours, Progress(result).get_info()])
        if state == "RETRY":
            app.control.revoke(result.id)
    return answers


def _is_shown(result: Any, state: str) -> bool:
    from progress_updater.models import TaskLog

    log = TaskLog.objects.get(task_uuid=result.id)
    return bool(result.state == state == (log.custom_state or log.state))


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WITHIN
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {WITHIN} s: {what}")
        time.sleep(0.02)
