"""Checks of the database that holds the app's tables: its alias and the way there."""

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connections, router

from progress_updater.checks import findings
from progress_updater.checks.sqlite import check_sqlite
from progress_updater.checks.suggestion import did_you_mean
from progress_updater.routers import APP_LABEL, ProgressUpdaterRouter
from progress_updater.settings import current

ROUTER: Final = f"{ProgressUpdaterRouter.__module__}.{ProgressUpdaterRouter.__qualname__}"


def check_databases(**_: object) -> list[CheckMessage]:
    """Check the alias, the routers, and how a SQLite file is shared; connect to nothing.

    Returns:
        One message for each mistake.
    """
    alias: object = current().DATABASE
    if not isinstance(alias, str):
        return []
    if alias not in list(connections):
        return [_unknown(alias)]
    return [*_check_routers(alias), *check_sqlite(alias)]


def _unknown(alias: str) -> CheckMessage:
    return findings.UNKNOWN_DATABASE.found(alias=alias, suggestion=did_you_mean(alias, connections))


def _check_routers(alias: str) -> Iterator[CheckMessage]:
    models = apps.get_app_config(APP_LABEL).get_models()
    if not all(_leads_to(alias, model) for model in models):
        others = [written for written in settings.DATABASE_ROUTERS if written != ROUTER]
        yield findings.NOT_ROUTED.found(alias=alias, routers=[ROUTER, *others])


def _leads_to(alias: str, model: Any) -> bool:
    aliases = {router.db_for_read(model), router.db_for_write(model)}
    return aliases == {alias} and router.allow_migrate_model(alias, model)
