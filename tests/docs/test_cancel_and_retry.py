"""What the page on cancelling and retrying says: its task is run, its words are compared with the code."""

import json
import re
from typing import Any

import pytest

from progress_updater import TaskCancelled, TaskUpdater, states, wording
from progress_updater.api.schema import Cancellation
from progress_updater.models import Step, TaskLog
from progress_updater.settings import Settings
from progress_updater.writing.cancelling import request_cancel
from progress_updater.writing.channels import flush
from tests.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.django_db(databases="__all__")

PAGE = ROOT / "docs/howto/cancel-and-retry.md"
RETENTION = ROOT / "docs/howto/retention.md"


def test_its_task_stops_and_cleans_up(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "SINK": "inline"}
    names: dict[str, Any] = {"__name__": PAGE.stem}
    exec(blocks(PAGE, "python")[0].text, names)
    saved: list[int | None] = []

    def save(row: int | None) -> None:
        saved.append(row)
        if row == 2:
            flush()
            request_cancel(TaskLog.objects.get().pk)
            TaskUpdater().notify("changes")
            flush()

    with pytest.raises(TaskCancelled), TaskUpdater():
        names["copy_rows"].run([1, 2, 3], save)

    assert saved == [1, 2, None]
    assert dict(Step.objects.values_list("name", "state")) == {
        "Copy": states.REVOKED,
        "Close": states.SUCCESS,
    }


def test_its_body_and_settings_are_understood() -> None:
    (body,) = blocks(PAGE, "json")
    assert Cancellation(data=json.loads(body.text)).is_valid(raise_exception=True)
    names: dict[str, Any] = {}
    exec(blocks(PAGE, "python")[1].text, names)
    assert Settings(**names["PROGRESS_UPDATER"]).OWNER_ACTIONS == ["cancel", "retry"]


def test_it_and_that_on_retention_name_every_refusal() -> None:
    text = PAGE.read_text() + RETENTION.read_text()
    told = set(re.findall(r"^\| 409 \| `(\w+)`", text, re.MULTILINE))
    assert told == set(wording.REFUSALS)
