"""The environment of the processes that the demo starts."""

import os
from pathlib import Path

ANSWERED_BY_THE_DEMO = (
    "ALLOWED_HOSTS",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "DATABASE_URL",
    "DEBUG",
    "PROGRESS_DATABASE_URL",
    "SECRET_KEY",
)
"""Variables that may be meant for another project of the user: the demo never touches its servers."""


def processes_environment(folder: Path, temporary: Path) -> dict[str, str]:
    """Return the environment variables for the demo's processes.

    Args:
        folder: where the demo lives.
        temporary: where they may leave files that nobody needs when they have ended.

    Returns:
        The present ones, without settings that lead elsewhere.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ANSWERED_BY_THE_DEMO}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        "VAR_DIR": str(folder),
    }
