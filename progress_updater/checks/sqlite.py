"""Checks of SQLite: one writer at a time, and no other process in a memory database."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.core.checks import CheckMessage
from django.db import connections, router

from progress_updater.checks import findings
from progress_updater.routers import APP_LABEL
from progress_updater.writing.channels import sink_in_force

BEGIN: Final = "IMMEDIATE"
WAL: Final = "PRAGMA journal_mode=WAL"


def check_sqlite(alias: str) -> Iterator[CheckMessage]:
    """Check a database, if it is SQLite and records are stored there.

    Args:
        alias: the database of the app's tables, one of DATABASES.

    Yields:
        One message for each mistake.
    """
    if connections[alias].vendor != "sqlite" or sink_in_force() == "memory":
        return
    if _in_memory(alias):
        yield findings.SQLITE_IN_MEMORY.found(alias=alias)
    elif _is_shared(alias):
        yield from (_shared(each) for each in _aliases_of_file(alias) if not _is_safe(_options(each)))


def _in_memory(alias: str) -> bool:
    connection: Any = connections[alias]
    return bool(connection.is_in_memory_db())


def _is_shared(alias: str) -> bool:
    users = {router.db_for_write(model) for model in apps.get_models() if model._meta.app_label != APP_LABEL}
    return not users.isdisjoint(_aliases_of_file(alias))


def _aliases_of_file(alias: str) -> list[str]:
    return [each for each in connections if _file(each) == _file(alias)]


def _file(alias: str) -> tuple[str, Path]:
    connection = connections[alias]
    return connection.vendor, Path(str(connection.settings_dict["NAME"])).absolute()


def _options(alias: str) -> Mapping[str, Any]:
    options: Mapping[str, Any] = connections[alias].settings_dict.get("OPTIONS") or {}
    return options


def _is_safe(options: Mapping[str, Any]) -> bool:
    begin, command = str(options.get("transaction_mode")), str(options.get("init_command"))
    return begin.upper() == BEGIN and bool(
        re.search(r"journal_mode\s*(=\s*|\(\s*)wal\b", command, re.IGNORECASE)
    )


def _shared(alias: str) -> CheckMessage:
    options = _options(alias)
    commands = filter(None, [str(options.get("init_command") or "").rstrip("; "), WAL])
    wanted = {**options, "transaction_mode": BEGIN, "init_command": "; ".join(commands)}
    return findings.SHARED_SQLITE.found(
        alias=alias,
        options=wanted,
        engine=connections[alias].settings_dict["ENGINE"],
        own_file=str(_file(alias)[1].with_name("progress.sqlite3")),
    )
