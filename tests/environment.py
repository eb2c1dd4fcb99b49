"""The environment of a process that works on a test's database."""

import os
from pathlib import Path

from tests.databases import url_of
from tests.tracing import UNTRACED, tracing

ROOT = Path(__file__).resolve().parents[1]


def environment_of(alias: str, folder: str, *, traced: bool = True) -> dict[str, str]:
    """Say what belongs into the environment of a process.

    Args:
        alias: of the database, which has the site's tables and the app's.
        folder: where it may make files.
        traced: whether the coverage tracer may look at it.

    Returns:
        This process's environment, with that of the database.
    """
    url = url_of(alias)
    return {
        **os.environ,
        **(tracing(url) if traced else UNTRACED),
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "VAR_DIR": folder,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "PROGRESS_DATABASE_URL": url,
    }
