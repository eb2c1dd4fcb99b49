"""Where journals are, and that nobody else can read them."""

import os
import tempfile
from pathlib import Path

import pytest
from django.db import connections

from progress_updater.settings import Settings
from progress_updater.writing.journal.folder import UnsafeFolder, journal_folder, make_folder


def test_by_default_it_is_below_the_folder_for_temporary_files_by_user_and_database() -> None:
    folder = journal_folder(Settings())
    assert folder is not None
    assert folder.parent == Path(tempfile.gettempdir()) / f"progress_updater-{os.geteuid()}"


def test_each_database_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {
        journal_folder(Settings(DATABASE=alias, JOURNAL_DIR="/j")) for alias in ("default", "progress")
    }
    for key in ("NAME", "HOST", "PORT", "ENGINE"):
        monkeypatch.setitem(connections["default"].settings_dict, key, "another")
        folders.add(journal_folder(Settings(JOURNAL_DIR="/j")))
    assert len(folders) == 6


def test_each_version_of_the_files_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = journal_folder(Settings())
    monkeypatch.setattr("progress_updater.writing.journal.folder.FORMAT", "another version")
    assert journal_folder(Settings()) != before


def test_a_project_may_choose_it_or_do_without() -> None:
    folder = journal_folder(Settings(JOURNAL_DIR="/var/lib/shop"))
    assert folder is not None
    assert folder.parent == Path("/var/lib/shop")
    assert journal_folder(Settings(JOURNAL_DIR=None)) is None


def test_it_is_for_its_user_alone(folder: Path) -> None:
    make_folder(folder)
    make_folder(folder)
    assert [path.stat().st_mode & 0o777 for path in (folder.parent, folder)] == [0o700, 0o700]


def test_a_folder_that_somebody_else_has_made_is_not_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.parent.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(UnsafeFolder, match="set JOURNAL_DIR to a folder of your own"):
        make_folder(folder)


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolder):
        make_folder(folder)
