"""The site's databases, from their URLs; without any, two SQLite files."""

from pathlib import Path
from typing import Any, Final

import dj_database_url

from project.mysql import ensure_driver

PROGRESS_ALIAS: Final = "progress"

SQLITE_OPTIONS: Final = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
}
"""What SQLite needs where several processes write; the time-out is in seconds."""


def databases(folder: Path, url: str | None, progress_url: str | None) -> dict[str, Any]:
    """Return Django's DATABASES.

    Args:
        folder: where the SQLite files are.
        url: URL of the default database; None for a SQLite file.
        progress_url: URL of the database with the app's tables; None for a SQLite file of their own if the
            default database is SQLite too, else for the default database.

    Returns:
        The alias "default", and "progress" where the app's tables have a database of their own.
    """
    found = {"default": _from_url(url) if url else _sqlite(folder / "demo.sqlite3")}
    if progress_url:
        found[PROGRESS_ALIAS] = _from_url(progress_url)
    elif _is_sqlite(found["default"]):
        found[PROGRESS_ALIAS] = _sqlite(_beside(Path(found["default"]["NAME"])))
    return found


def _from_url(url: str) -> dict[str, Any]:
    database: dict[str, Any] = {**dj_database_url.parse(url)}
    if _is_sqlite(database):
        return _sqlite(database["NAME"])
    if database["ENGINE"].endswith(".mysql"):
        ensure_driver()
    return database


def _is_sqlite(database: dict[str, Any]) -> bool:
    return bool(database["ENGINE"].endswith(".sqlite3"))


def _sqlite(path: Path | str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": dict(SQLITE_OPTIONS)}


def _beside(path: Path) -> Path:
    return path.with_stem("progress" if path.stem == "demo" else f"{path.stem}-progress")
