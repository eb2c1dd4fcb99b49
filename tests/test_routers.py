"""Where the router sends tables and rows."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from progress_updater.models import Attempt, Message, Step, TaskLog, TaskTag
from progress_updater.routers import ProgressUpdaterRouter

OURS = [TaskLog, TaskTag, Attempt, Step, Message]


@pytest.fixture
def router() -> ProgressUpdaterRouter:
    return ProgressUpdaterRouter()


@pytest.mark.parametrize("alias", ["default", "progress"])
def test_rows_go_to_the_alias_of_the_settings(
    settings: Any, router: ProgressUpdaterRouter, alias: str
) -> None:
    settings.PROGRESS_UPDATER = {"DATABASE": alias}
    for model in OURS:
        assert router.db_for_read(model) == router.db_for_write(model) == alias
    assert router.db_for_read(User) is router.db_for_write(User) is None


def test_tables_are_made_in_that_alias_alone(settings: Any, router: ProgressUpdaterRouter) -> None:
    settings.PROGRESS_UPDATER = {"DATABASE": "progress"}
    assert router.allow_migrate("progress", "progress_updater") is True
    assert router.allow_migrate("default", "progress_updater") is False


def test_other_tables_stay_out_of_a_database_of_our_own(settings: Any, router: ProgressUpdaterRouter) -> None:
    settings.PROGRESS_UPDATER = {"DATABASE": "progress"}
    assert router.allow_migrate("progress", "auth") is False
    assert router.allow_migrate("default", "auth") is None
    settings.PROGRESS_UPDATER = {"DATABASE": "default"}
    assert router.allow_migrate("default", "auth") is None
    assert router.allow_migrate("default", "progress_updater") is True
