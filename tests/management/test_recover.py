"""manage.py tasklog recover: the same as workers do, by hand."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from progress_updater.models import Message
from progress_updater.settings import current
from progress_updater.writing.journal.folder import journal_folder
from progress_updater.writing.journal.locks import alone
from progress_updater.writing.journal.recovery import RECOVERING
from tests.databases import migrate, migrated, sqlite_database  # noqa: F401 (fixtures)
from tests.writing.programs import run_program

DIES = """
from django.conf import settings
settings.PROGRESS_UPDATER["JOURNAL_DIR"] = {folder!r}
from progress_updater.writing import writer
writer.Writer._flush = lambda self: None
updater = TaskUpdater(task_uuid="one").__enter__()
notify("said")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def left(sqlite_database: str, settings: Any, tmp_path: Path) -> Path:  # noqa: F811
    """A journal that a process has left."""
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": tmp_path / "parent"}
    run_program(sqlite_database, DIES.format(folder=str(tmp_path / "parent")))
    found = journal_folder(current())
    assert found is not None
    assert any(found.iterdir())
    return found


def _recover() -> str:
    out = StringIO()
    call_command("tasklog", "recover", stdout=out)
    return out.getvalue()


def test_it_stores_what_is_there_and_says_how_much(left: Path) -> None:
    assert _recover() == f"1 journal stored ({left})\n"
    assert Message.objects.get().text == "said"
    assert _recover() == f"0 journals stored ({left})\n"


def test_while_the_database_is_away_it_says_so_and_keeps_the_journals(
    left: Path,
    sqlite_database: str,  # noqa: F811
) -> None:
    migrate(sqlite_database, "zero")
    with pytest.raises(CommandError, match=r"are kept: .*manage\.py migrate"):
        _recover()
    migrate(sqlite_database)
    assert _recover() == f"1 journal stored ({left})\n"


def test_while_another_one_does_it_it_does_nothing(left: Path) -> None:
    with alone(left / RECOVERING), pytest.raises(CommandError, match="try again"):
        _recover()
    assert not Message.objects.exists()


def test_without_a_journal_it_says_so(settings: Any) -> None:
    settings.PROGRESS_UPDATER = {**settings.PROGRESS_UPDATER, "JOURNAL_DIR": None}
    with pytest.raises(CommandError, match="JOURNAL_DIR is None"):
        _recover()
