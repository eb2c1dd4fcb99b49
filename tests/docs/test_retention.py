"""The page on retention: its commands run as they stand there."""

import shlex
from io import StringIO

import pytest
from django.core.management import call_command

from progress_updater.models import TaskLog
from progress_updater.upkeep.retention import PAUSE, SOON
from progress_updater.writing.sql.deletion import LOGS, ROWS
from tests.databases import migrated, sqlite_database  # noqa: F401 (fixtures)
from tests.docs.markdown import ROOT, blocks
from tests.upkeep.logs import an_ended_log

PAGE = ROOT / "docs/howto/retention.md"
COMMANDS = [line for block in blocks(PAGE, "sh") for line in block.text.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_runs(sqlite_database: str, line: str) -> None:  # noqa: F811
    an_ended_log(1, name="shop.sync_stock", owner="42")
    _, _, *arguments = shlex.split(line, comments=True)
    call_command(*arguments, *([] if "--dry-run" in arguments else ["--no-input"]), stdout=StringIO())
    assert TaskLog.objects.exists() is ("--owner" not in arguments)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.read_text().split())
    assert f"at most {LOGS} logs, and of at most {ROWS:,} rows" in text
    assert (PAUSE, SOON) == (60, 1)
    assert "All processes together delete one batch a minute" in text
    assert "the same process goes on with another one every second" in text
