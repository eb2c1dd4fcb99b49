"""How the site's settings come from environment variables."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.databases import databases
from project.embedded import kept_secret, make_folder

POSTGRES = "postgres://somebody@db.example:5433/shop"


def test_without_urls_there_are_two_sqlite_files(tmp_path: Path) -> None:
    found = databases(tmp_path, None, None)

    assert _names(found) == {"default": "demo.sqlite3", "progress": "progress.sqlite3"}


def test_each_sqlite_file_can_be_written_by_several_processes(tmp_path: Path) -> None:
    for database in databases(tmp_path, None, None).values():
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_beside_a_named_sqlite_file_the_app_has_a_file_of_its_own(tmp_path: Path) -> None:
    found = databases(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite3", None)

    assert _names(found) == {"default": "shop.sqlite3", "progress": "shop-progress.sqlite3"}


def test_a_server_holds_the_apps_tables_too(tmp_path: Path) -> None:
    found = databases(tmp_path, POSTGRES, None)

    assert _names(found) == {"default": "shop"}
    assert (found["default"]["HOST"], found["default"]["PORT"]) == ("db.example", 5433)


def test_the_apps_tables_can_be_on_another_server(tmp_path: Path) -> None:
    found = databases(tmp_path, POSTGRES, "postgres://db.example/progress")

    assert _names(found) == {"default": "shop", "progress": "progress"}


def test_mariadb_needs_no_compiled_driver(tmp_path: Path) -> None:
    databases(tmp_path, "mysql://root@db.example/shop", None)

    driver: Any = importlib.import_module("MySQLdb")
    assert driver.version_info >= (2, 2, 1)


def test_a_secret_is_invented_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    secret = kept_secret(path, 9)

    assert kept_secret(path, 9) == secret
    assert kept_secret(tmp_path / "other", 9) != secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other", "secret"]


def test_a_folder_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ImproperlyConfigured, match="Set VAR_DIR to a folder that is yours"):
        make_folder(tmp_path / "file" / "var")


def _names(found: dict[str, Any]) -> dict[str, str]:
    return {alias: Path(database["NAME"]).name for alias, database in found.items()}
