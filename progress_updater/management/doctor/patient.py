"""What the doctor knows while examining a project."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from celery import Celery

GRACE: Final = 2.0  # seconds, for what an examination does beside waiting


@dataclass(slots=True, kw_only=True)
class Patient:
    """The project, and what earlier examinations found out for later ones."""

    timeout: float
    """Seconds that an examination waits for others."""
    app: Celery
    """The project's Celery app."""
    alias: str
    """The database in which the app's tables are expected."""
    probe_id: str = ""
    """The id of the probe task, once it is sent."""
    sent: datetime | None = None
    """When the probe was sent, by this machine's clock."""
    seen: datetime | None = None
    """When its end was seen, by this machine's clock."""

    @property
    def longest_wait(self) -> float:
        """Seconds after which an examination is given up."""
        return self.timeout + GRACE
