"""The database router for projects that keep the app's tables in a database of their own."""

from typing import Any

from progress_updater.settings import current

APP_LABEL = "progress_updater"


class ProgressUpdaterRouter:
    """Send the app's tables, and nothing else, to the alias PROGRESS_UPDATER["DATABASE"]."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """Return the alias for the app's models, None (no opinion) for others."""
        return current().DATABASE if model._meta.app_label == APP_LABEL else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        """Return the alias for the app's models, None (no opinion) for others."""
        return current().DATABASE if model._meta.app_label == APP_LABEL else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Migrate the app in its own alias only; keep other apps out of it when it is not "default"."""
        alias = current().DATABASE
        if app_label == APP_LABEL:
            return db == alias
        return False if db == alias != "default" else None
