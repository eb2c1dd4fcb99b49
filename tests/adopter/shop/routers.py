"""Old orders live elsewhere."""

from typing import Any


class ArchiveRouter:
    """Send one model to the archive."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "archive" if model.__name__ == "OldOrder" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        return (db == "archive") == (model_name == "oldorder")
