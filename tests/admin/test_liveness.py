"""What the admin says of tasks whose process is silent, or that do not move."""

import pytest
from django.test import Client

from progress_updater.models import Attempt
from tests.admin.conftest import page_of
from tests.rows import BEGIN, a_log, heard_of

pytestmark = pytest.mark.django_db(databases="__all__")


def page(client: Client, log: object) -> str:
    return client.get(page_of(log)).content.decode()


def test_the_page_names_the_process(reader: Client) -> None:
    log = a_log()
    heard_of(log, 0)
    assert "process 4711 on web1" in page(reader, log)
    assert "silent" not in page(reader, log)


def test_the_page_of_a_silent_process_says_so(reader: Client) -> None:
    log = a_log()
    heard_of(log, 1000)
    assert "The process of this task is silent" in page(reader, log)


def test_the_page_of_a_stalled_task_shows_the_step_and_the_code(reader: Client) -> None:
    log = a_log()
    log.open("Only")
    heard_of(log, 0)
    frames = [{"file": "/srv/<shop>.py", "line": 1234, "function": "pay"}]
    told = {"step": 1, "since": BEGIN.timestamp(), "frames": frames}
    Attempt.objects.filter(pk=log.current.pk).update(stalled=told)
    text = page(reader, log)
    assert "Nothing has changed in step 1 since" in text
    assert "/srv/&lt;shop&gt;.py:1234" in text


def test_a_list_has_lost_tasks_stored(reader: Client, settings: object) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}
    log = a_log()
    heard_of(log, 1000)
    reader.get("/admin/progress_updater/tasklog/")
    assert log.row.state == "LOST"
