"""Mistakes about the database of the app's tables are found, and a way out is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import ConnectionHandler

from progress_updater.checks import databases, sqlite
from progress_updater.routers import ProgressUpdaterRouter

ROUTER = "progress_updater.routers.ProgressUpdaterRouter"
SAFE = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}

Find = Callable[..., list[CheckMessage]]


class MyOwnRouter(ProgressUpdaterRouter):
    """Behave like the app's router, under another name."""


class Elsewhere:
    """Send the app's rows, and nothing else, to "default"."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "default" if model._meta.app_label == "progress_updater" else None


class NoTables(ProgressUpdaterRouter):
    """Never make the app's tables."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return app_label != "progress_updater"


def a_file(name: Path | str, **options: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options}


@pytest.fixture
def find(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Find:
    def run(alias: str, routers: list[str], sink: str = "database", **written: Any) -> list[CheckMessage]:
        handler = ConnectionHandler({"default": a_file(tmp_path / "site.sqlite3", **SAFE), **written})
        for module in (databases, sqlite):
            monkeypatch.setattr(module, "connections", handler)
        settings.DATABASE_ROUTERS = routers
        settings.PROGRESS_UPDATER = {"DATABASE": alias, "SINK": sink}
        return databases.check_databases()

    return run


@pytest.fixture
def own_file(tmp_path: Path) -> dict[str, Any]:
    return a_file(tmp_path / "progress.sqlite3")


def test_a_database_of_its_own_with_the_router_passes(find: Find, own_file: Any) -> None:
    assert find("progress", [ROUTER], progress=own_file) == []


def test_the_default_database_without_any_router_passes(find: Find) -> None:
    assert find("default", []) == []


def test_an_unknown_alias_is_an_error_that_suggests_the_closest(find: Find, own_file: Any) -> None:
    (message,) = find("progres", [ROUTER], progress=own_file)
    assert message.id == "progress_updater.E006"
    assert "Did you mean 'progress'? Known: default, progress." in message.hint


def test_an_alias_that_is_no_text_is_left_to_the_check_of_types(find: Find) -> None:
    assert find(7, []) == []  # type: ignore[arg-type]


def test_a_database_of_its_own_without_a_router_is_an_error(find: Find, own_file: Any) -> None:
    (message,) = find("progress", [], progress=own_file)
    assert message.id == "progress_updater.E007"
    assert f"DATABASE_ROUTERS = ['{ROUTER}']" in message.hint


def test_a_router_that_behaves_like_the_apps_passes(find: Find, own_file: Any) -> None:
    assert find("progress", [f"{__name__}.MyOwnRouter"], progress=own_file) == []


def test_a_router_in_front_that_leads_elsewhere_is_an_error_that_keeps_it(find: Find, own_file: Any) -> None:
    other = f"{__name__}.Elsewhere"
    (message,) = find("progress", [other, ROUTER], progress=own_file)
    assert message.id == "progress_updater.E007"
    assert f"['{ROUTER}', '{other}']" in message.hint


def test_a_router_that_makes_no_tables_is_an_error(find: Find, own_file: Any) -> None:
    (message,) = find("progress", [f"{__name__}.NoTables"], progress=own_file)
    assert message.id == "progress_updater.E007"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"transaction_mode": "IMMEDIATE"},
        {"init_command": "PRAGMA journal_mode=WAL"},
        {"transaction_mode": "EXCLUSIVE", "init_command": "PRAGMA journal_mode=WAL"},
        {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=DELETE"},
    ],
)
def test_a_shared_sqlite_file_that_is_not_safe_is_an_error(find: Find, tmp_path: Path, options: Any) -> None:
    (message,) = find("default", [], default=a_file(tmp_path / "site.sqlite3", **options))
    assert message.id == "progress_updater.E008"


@pytest.mark.parametrize(
    "options",
    [
        {"transaction_mode": "immediate", "init_command": "pragma journal_mode = wal;"},
        {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA synchronous=NORMAL;PRAGMA journal_mode(WAL)",
        },
    ],
)
def test_the_safe_options_may_be_spelt_freely(find: Find, tmp_path: Path, options: Any) -> None:
    assert find("default", [], default=a_file(tmp_path / "site.sqlite3", **options)) == []


def test_the_hint_shows_options_that_pass_the_check(find: Find, tmp_path: Path) -> None:
    written = {"timeout": 20, "init_command": "PRAGMA synchronous=NORMAL;"}
    (message,) = find("default", [], default=a_file(tmp_path / "site.sqlite3", **written))
    (line,) = [line for line in message.hint.splitlines() if '["OPTIONS"] = ' in line]
    options = eval(line.partition(" = ")[2])
    assert options["timeout"] == 20
    assert "PRAGMA synchronous=NORMAL; PRAGMA journal_mode=WAL" in options["init_command"]
    assert find("default", [], default=a_file(tmp_path / "site.sqlite3", **options)) == []


def test_the_hint_shows_the_other_way_out(find: Find, tmp_path: Path) -> None:
    (message,) = find("default", [], default=a_file(tmp_path / "site.sqlite3"))
    (line,) = [line for line in message.hint.splitlines() if 'DATABASES["progress"] = ' in line]
    own = eval(line.partition(" = ")[2])
    assert own["NAME"] == str(tmp_path / "progress.sqlite3")
    assert find("progress", [ROUTER], progress=own, default=a_file(tmp_path / "site.sqlite3")) == []


def test_one_file_under_two_aliases_is_shared(find: Find, tmp_path: Path) -> None:
    same = a_file(str(tmp_path / "site.sqlite3"))
    (message,) = find("progress", [ROUTER], progress=same)
    assert message.id == "progress_updater.E008"
    assert 'DATABASES["progress"]["OPTIONS"]' in message.hint


def test_a_sqlite_file_of_its_own_needs_no_options(find: Find, own_file: Any) -> None:
    assert find("progress", [ROUTER], progress=own_file) == []


def test_nothing_is_asked_of_sqlite_when_nothing_is_stored(find: Find, tmp_path: Path) -> None:
    shared = a_file(tmp_path / "site.sqlite3")
    assert find("default", [], sink="memory", default=shared) == []
    assert find("default", [], sink="auto", default=shared) == []


def test_outside_of_tests_the_default_sink_stores(
    find: Find, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("django.core.mail.outbox")
    (message,) = find("default", [], sink="auto", default=a_file(tmp_path / "site.sqlite3"))
    assert message.id == "progress_updater.E008"


@pytest.mark.parametrize("sink", ["database", "inline"])
def test_a_database_in_memory_is_a_warning_where_rows_are_stored(find: Find, sink: str) -> None:
    (message,) = find("default", [], sink=sink, default=a_file(":memory:"))
    assert message.id == "progress_updater.W001"
    assert not message.is_serious()


def test_a_database_in_memory_passes_where_nothing_is_stored(find: Find) -> None:
    assert find("default", [], sink="memory", default=a_file(":memory:")) == []


def test_other_engines_are_not_asked(find: Find) -> None:
    postgres = {"ENGINE": "django.db.backends.postgresql", "NAME": "site"}
    assert find("default", [], default=postgres) == []
